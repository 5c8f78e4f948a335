/** Reading HTTP answers of somebody who may send whatever it likes, for as long as it likes. */

/** The bytes of an answer, read in pieces; `undefined` once they are more than `bytesMax`. */
export async function bytesOf(answer: Response, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // Grows in place: what it takes is what was read, into however many pieces that was cut.
  const read = new ArrayBuffer(0, { maxByteLength: bytesMax });
  const bytes = new Uint8Array(read);
  for await (const piece of answer.body ?? []) {
    const before = read.byteLength;
    if (before + piece.length > bytesMax) return undefined;
    read.resize(before + piece.length);
    bytes.set(piece, before);
  }
  return bytes.slice();
}
