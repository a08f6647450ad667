import { Migration } from '@mikro-orm/migrations';

/** Which of two that speak of a node is right. Every node raises its own above this at its next link. */
export class NodePlacement extends Migration {
  override up(): void {
    this.addSql(`alter table node_summary add column placement bigint not null default 0`);
  }
}
