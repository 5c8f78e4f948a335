/**
 * Files in one archive that every system opens (ZIP, without compression: hashes and signatures do not shrink).
 *
 * ```
 * for each file    header ‖ name ‖ bytes
 * directory        for each file: entry ‖ name
 * end              how many there are, and where the directory begins
 * ```
 *
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { utf8 } from '../core/base/bytes.ts';
import { invariant } from '../core/base/result.ts';

/** What the format's plain form counts. */
const FILES_MAX = 65_535;
const ARCHIVE_BYTES_MAX = 0xffff_ffff;
/** 1 January 1980, 0:00: the archive is the same whenever it is made. */
const DATE = 0x0021;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const VERSION = 20;

/** An archive that grows file by file. The bytes are handed on and not kept. */
export class Zip {
  readonly #directory: Uint8Array[] = [];
  #size = 0;

  /** What the file adds to the archive. */
  add(path: string, bytes: Uint8Array): readonly Uint8Array[] {
    const name = utf8(path);
    const facts = [VERSION, FLAGS, 0, 0, DATE] as const;
    const sums = [crc32(bytes), bytes.length, bytes.length] as const;
    const header = fields(four(0x0403_4b50), ...facts.map(two), ...sums.map(four), two(name.length), two(0));
    const entry = fields(
      four(0x0201_4b50),
      two(VERSION),
      ...facts.map(two),
      ...sums.map(four),
      ...[name.length, 0, 0, 0, 0].map(two),
      ...[0, this.#size].map(four),
    );
    this.#directory.push(entry, name);
    this.#size += header.length + name.length + bytes.length;
    invariant(this.#directory.length <= 2 * FILES_MAX && this.#size <= ARCHIVE_BYTES_MAX, 'the archive is within its bounds');
    return [header, name, bytes];
  }

  /** What closes the archive. */
  end(): readonly Uint8Array[] {
    const count = this.#directory.length / 2;
    const bytes = this.#directory.reduce((sum, { length }) => sum + length, 0);
    const end = fields(four(0x0605_4b50), ...[0, 0, count, count].map(two), ...[bytes, this.#size].map(four), two(0));
    return [...this.#directory, end];
  }
}

type Field = readonly [bytes: 2 | 4, value: number];
const two = (value: number): Field => [2, value];
const four = (value: number): Field => [4, value];

/** Numbers one after the other, the least significant byte first. */
function fields(...all: readonly Field[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(all.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(out.buffer);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
