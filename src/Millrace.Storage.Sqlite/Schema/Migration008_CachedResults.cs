namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Cached results, and who computes one at the moment.</summary>
internal static class Migration008_CachedResults
{
    public const string Sql = """
        create table cached_results (
          tenant      text not null,
          scope       text not null,
          key         text not null,
          value       text not null,
          created_at  integer not null,
          expires_at  integer not null,
          primary key (tenant, scope, key)
        );
        create index cached_results_by_expiry on cached_results (expires_at);
        create table computations (
          tenant        text not null,
          scope         text not null,
          key           text not null,
          execution_id  text not null,
          holder        text not null,
          primary key (tenant, scope, key)
        ) without rowid;
        create index computations_by_holder on computations (tenant, holder);
        """;
}
