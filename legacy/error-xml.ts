import { ERRORS, type ErrorCode } from '../core/errors.ts';
import { CONVENTIONS } from './conventions.ts';
import { childNamed, type XmlElement } from './xml-reader.ts';
import { writeDocument } from './xml-writer.ts';

/** An error as agents' doors answer it. The incumbent's own form is not published. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `<Error code="BUSY" retry="safe">…</Error>` */
export function writeErrorXml(error: ErrorDocument): string {
  return writeDocument({
    name: CONVENTIONS.errorElement,
    attributes: { code: error.code, retry: ERRORS[error.code].retry },
    text: error.message,
  });
}

/** The message of an error document; `undefined` when `root` is another document. */
export function errorMessageOf(root: XmlElement): string | undefined {
  const name = CONVENTIONS.errorElement.toLowerCase();
  const error = root.name === name ? root : childNamed(root, name);
  return error?.text.trim();
}
