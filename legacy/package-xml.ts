import {
  codebaseTag,
  packageElement,
  packageInfoDocument,
  parsePackageInfo,
  type AgentGeneration,
  type PackageInfoAnswer,
} from './package-info.ts';
import { CanopyError } from '../core/errors.ts';
import type { EscapedXml } from './xml-writer.ts';

/** The `package.xml` that an agent keeps beside a package's files: the answer it last got. */
export function writePackageXml(
  answer: PackageInfoAnswer,
  generation: AgentGeneration = 'legacy70',
): string {
  const codebases = answer.codebases.map(codebaseTag).join('') as EscapedXml;
  return packageInfoDocument([packageElement(answer, generation, codebases)]);
}

/** Reads a stored `package.xml`, ours or the incumbent's. Throws `MALFORMED_REQUEST`. */
export function readPackageXml(source: Uint8Array | string): PackageInfoAnswer {
  const packages = parsePackageInfo(source);
  if (packages.length !== 1) {
    throw new CanopyError(
      'MALFORMED_REQUEST',
      `A package.xml holds one package; this one has ${packages.length}.`,
    );
  }
  return packages[0]!;
}
