import { networkInterfaces } from 'node:os';

/** What this host is called on its networks now; its loopback only when it has no other. */
export function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const isUseful = (address: string): boolean => !/^(fe80:|169\.254\.)/i.test(address);
  const outside = all.filter(({ internal, address }) => !internal && isUseful(address));
  return (outside.length > 0 ? outside : all).map(({ address }) => address);
}
