import { Migration } from '@mikro-orm/migrations';

/** What the server keeps for itself: never replicated, never in the change feed. */
export class ServerRecords extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `create table smp (
    id integer primary key check (id = 1),
    guid uuid not null,
    name text not null,
    public_key text not null,
    public_url text not null,
    unc_root text not null,
    boot_counter bigint not null
  )`,
  `create table api_token (
    id uuid primary key,
    name text not null,
    role text not null check (role in ('VIEWER', 'OPERATOR', 'ADMIN')),
    hash text not null constraint api_token_hash_key unique,
    created_at_ms bigint not null,
    expires_at_ms bigint,
    revoked_at_ms bigint,
    last_used_at_ms bigint
  )`,
  `create table job (
    id uuid primary key,
    kind text not null,
    subject_id uuid,
    force boolean not null,
    state text not null
      check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    done bigint not null,
    total bigint not null,
    unit text not null check (unit in ('BYTES', 'FILES', 'ITEMS')),
    files_done bigint not null,
    files_total bigint not null,
    message text not null,
    problems jsonb not null,
    attempts bigint not null,
    created_at_ms bigint not null,
    started_at_ms bigint,
    heartbeat_at_ms bigint,
    finished_at_ms bigint
  )`,
  `create unique index job_unfinished_key on job
    (kind, coalesce(subject_id, '00000000-0000-0000-0000-000000000000'))
    where state in ('QUEUED', 'RUNNING')`,
  `create index job_created_index on job (created_at_ms desc, id desc)`,
  `create table quarantine (
    id bigint generated always as identity primary key,
    received_at_ms bigint not null,
    remote_address text not null,
    door text not null,
    reason text not null,
    body text not null
  )`,
  `create table schedule_state (
    name text primary key,
    last_job_id uuid,
    last_run_at_ms bigint,
    next_run_at_ms bigint
  )`,
];
