namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Which journal rows are whose, so that following one tenant or workflow never walks over those of others.</summary>
internal static class Migration012_Feed
{
    public const string Sql = """
        -- Notes of which journal rows are whose: an index on journal would cost every row of it, one note is of hundreds. positions is a JSON array of
        -- journal positions, position the last of them, live how many are still there. Workflow '' is all of a tenant's. Rows behind
        -- meta's feed_noted_to have no note yet; they are few.
        create table feed (
          tenant       text not null,
          workflow_id  text not null,
          position     integer not null,
          live         integer not null,
          positions    text not null,
          primary key (tenant, workflow_id, position)
        ) without rowid;

        insert into feed (tenant, workflow_id, position, live, positions)
          select tenant, '', max(position), count(*), json_group_array(position order by position)
            from (select e.tenant, j.position, row_number() over (partition by e.tenant order by j.position) / 256 as part
                    from journal j join executions e on e.id = j.execution_id)
           group by tenant, part;
        insert into feed (tenant, workflow_id, position, live, positions)
          select tenant, workflow_id, max(position), count(*), json_group_array(position order by position)
            from (select e.tenant, e.workflow_id, j.position, row_number() over (partition by e.tenant, e.workflow_id order by j.position) / 256 as part
                    from journal j join executions e on e.id = j.execution_id)
           group by tenant, workflow_id, part;

        insert or replace into meta values ('feed_noted_to', (select coalesce(max(position), 0) from journal));

        -- Whose journal it is that is being removed. Of deletions that were under way when this was added, no feed row exists.
        alter table deletions add column tenant text;
        alter table deletions add column workflow_id text;
        """;
}
