import { Migration } from '@mikro-orm/migrations';

/** What is done when a person confirms a deletion that was held. */
export class HeldDeletions extends Migration {
  override up(): void {
    this.addSql('alter table rejection add column held jsonb');
    // Held before what was held was kept: the next comparison finds them again.
    this.addSql(`delete from rejection where code = 'DELETION_HELD'`);
    this.addSql(`delete from feed_position where direction = 'DOWN'`);
  }
}
