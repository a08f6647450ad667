/** A simple Query message, as a client would send it. */
export function queryMessage(statement: string): Uint8Array {
  const text = Buffer.from(`${statement}\0`);
  const message = Buffer.alloc(5 + text.length);
  message.write('Q');
  message.writeUInt32BE(4 + text.length, 1);
  text.copy(message, 5);
  return message;
}

/** Ends an extended-query sequence that its client left open. */
export function syncMessage(): Uint8Array {
  return Buffer.from([0x53, 0, 0, 0, 4]);
}

/** An ErrorResponse of severity FATAL, after which a server closes the connection. */
export function fatalError(sqlState: string, message: string): Uint8Array {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlState}`, `M${message}`, ''].join('\0') + '\0';
  const body = Buffer.from(fields);
  const frame = Buffer.alloc(5 + body.length);
  frame.write('E');
  frame.writeUInt32BE(4 + body.length, 1);
  body.copy(frame, 5);
  return frame;
}
