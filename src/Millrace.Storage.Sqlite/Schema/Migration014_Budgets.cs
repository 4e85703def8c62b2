namespace Millrace.Storage.Sqlite.Schema;

/// <summary>What budgets have used, and what is reserved for calls under way.</summary>
internal static class Migration014_Budgets
{
    public const string Sql = """
        -- One for each scope and period that something was reserved in: 'tenant', 'workflow:ID', 'execution:ID' or 'key:ID'; '' (all time),
        -- '2026-11' or '2026-11-30'. Money is in billionths of a US dollar. No limits: those are the budgets'.
        create table budget_accounts (
          tenant           text not null,
          scope            text not null,
          period           text not null,
          used_money       integer not null,
          used_tokens      integer not null,
          used_calls       integer not null,
          reserved_money   integer not null,
          reserved_tokens  integer not null,
          reserved_calls   integer not null,
          ends_at          integer,
          primary key (tenant, scope, period)
        ) without rowid;
        create index budget_accounts_by_end on budget_accounts (ends_at) where ends_at is not null;
        -- What is still reserved for a call, and in which accounts. One that is settled stays, so that it is neither reserved nor settled again.
        create table budget_reservations (
          tenant        text not null,
          execution_id  text not null,
          id            text not null,
          money         integer not null,
          tokens        integer not null,
          calls         integer not null,
          accounts      text not null,
          is_settled    integer not null default 0,
          expires_at    integer,
          primary key (tenant, execution_id, id)
        ) without rowid;
        create index budget_reservations_by_expiry on budget_reservations (expires_at) where expires_at is not null;
        """;
}
