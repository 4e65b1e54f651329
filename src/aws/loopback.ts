// Whether a request comes from this host: whoever is here may do and say more.

/** Undefined: it came over no socket. */
export function isFromHere(remoteAddress: string | undefined): boolean {
  return remoteAddress === undefined || /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(remoteAddress);
}
