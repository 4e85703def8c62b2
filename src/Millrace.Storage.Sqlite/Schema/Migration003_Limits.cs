namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Limits on how many executions run and how often they start. A tenant's own limits have '' as their workflow.</summary>
internal static class Migration003_Limits
{
    public const string Sql = """
        -- A limit that somebody holds a slot of, or waits for; others have no row. Unlimited is the largest number.
        create table concurrency (
          tenant      text not null,
          workflow_id text not null,
          key         text not null,
          most        integer not null,
          in_use      integer not null,
          waiting     integer not null,
          primary key (tenant, workflow_id, key)
        ) without rowid;
        create index concurrency_with_room on concurrency (tenant, workflow_id, key) where waiting > 0 and in_use < most;
        create index concurrency_of_tenants on concurrency (workflow_id) where workflow_id = '';

        -- The slots that an execution takes in the order of their positions, until it ends. Those before the one that it waits for are held.
        create table execution_slots (
          execution_id text not null,
          position     integer not null,
          tenant       text not null,
          workflow_id  text not null,
          key          text not null,
          most         integer not null,
          primary key (execution_id, position)
        ) without rowid;

        -- The executions that limits hold back, and by what: a slot, or the time that a rate sets.
        create table held_back (
          execution_id text primary key,
          position     integer not null,
          tenant       text not null,
          workflow_id  text not null,
          key          text not null,
          most         integer not null,
          priority     integer not null,
          until        integer
        ) without rowid;
        create index held_back_by_slot on held_back (tenant, workflow_id, key, priority desc, execution_id) where until is null;

        -- When a bucket of starts is full again, in units of 100 ns; one that is full has no row, or one that is of no use any more.
        create table start_rates (
          tenant      text not null,
          workflow_id text not null,
          key         text not null,
          full_at     integer not null,
          primary key (tenant, workflow_id, key)
        ) without rowid;
        create index start_rates_by_time on start_rates (full_at);

        -- For turns between tenants.
        create index executions_by_turn on executions (priority, tenant, wake_at) where owner = 0 and wake_at is not null;
        """;
}
