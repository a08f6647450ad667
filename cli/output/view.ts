/** How a value is written for people; machines always get it as the server sent it. */
export type ValueKind = 'text' | 'guid' | 'date' | 'bytes' | 'number';

export type Value = string | number | boolean | null | undefined | readonly string[];

export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => Value;
  /** Default `text`. */
  readonly kind?: ValueKind;
  /** Shown by `-o wide` and in a single object's view only. */
  readonly wide?: boolean;
}

/** How one kind of object is shown, whatever the format. */
export interface View<Row> {
  readonly columns: readonly Column<Row>[];
  /** What `-o name` prints: something that the other commands take as an argument. */
  readonly name: (row: Row) => string;
}

/** Checks the row type where it is written, and keeps it. */
export function defineView<Row>(view: View<Row>): View<Row> {
  return view;
}
