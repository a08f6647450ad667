/** `PROGRA~1.TXT`: what Windows may call a long name beside the name itself. */
const SHORT_NAME = /^([^.~]{1,7})~\d{1,6}(?:\.([^.]{0,3}))?$/;

export interface ShortNameClash {
  readonly alias: string;
  readonly longName: string;
}

/**
 * Entries whose name Windows could give, as an 8.3 short name, to another entry of the same folder:
 * opening one would then open the other. Both ways of naming count: up to six letters of the long
 * name, and two letters with four hexadecimal digits of a hash.
 */
export function shortNameClashes(paths: readonly string[]): ShortNameClash[] {
  const candidates = paths.filter((path) => SHORT_NAME.test(nameOf(path)));
  if (candidates.length === 0) return [];
  const wanted = new Set(candidates.map(folderOf));
  const siblings = new Map<string, string[]>();
  for (const path of paths) {
    const folder = folderOf(path);
    if (!wanted.has(folder)) continue;
    const list = siblings.get(folder);
    if (list) list.push(path);
    else siblings.set(folder, [path]);
  }
  return candidates.flatMap((alias) => {
    const longName = siblings
      .get(folderOf(alias))
      ?.find((path) => path !== alias && mayBeAliasOf(nameOf(alias), nameOf(path)));
    return longName === undefined ? [] : [{ alias, longName }];
  });
}

function mayBeAliasOf(alias: string, longName: string): boolean {
  if (isShort(longName)) return false;
  const match = SHORT_NAME.exec(alias.toUpperCase())!;
  const stem = match[1]!;
  const extension = match[2] ?? '';
  const dot = longName.lastIndexOf('.');
  const longStem = shortCharacters(dot > 0 ? longName.slice(0, dot) : longName);
  const longExtension = dot > 0 ? shortCharacters(longName.slice(dot + 1)).slice(0, 3) : '';
  if (extension !== longExtension) return false;
  const hashed = /^(.{1,2})[0-9A-F]{4}$/.exec(stem);
  return longStem.slice(0, 6).startsWith(stem) || (!!hashed && longStem.startsWith(hashed[1]!));
}

/** A name that is its own short name gets no other one. */
function isShort(name: string): boolean {
  return /^[^. +,;=[\]]{1,8}(\.[^. +,;=[\]]{1,3})?$/.test(name);
}

/** Upper case, without what short names drop, with `_` for what they replace. */
function shortCharacters(text: string): string {
  return text
    .toUpperCase()
    .replace(/[ .]/g, '')
    .replace(/[+,;=[\]]/g, '_');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
