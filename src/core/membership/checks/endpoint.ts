/** ASCII from a slash on, without white space: what may be the text of a multiaddr. */
export function isEndpoint(endpoint: Uint8Array): boolean {
  return endpoint[0] === 0x2f && endpoint.every((byte) => byte > 0x20 && byte < 0x7f);
}
