/**
 * Frozen vectors: the bytes of every form, and every hash, signature and root of a small chain. Where they change, nodes of
 * before and after no longer understand each other. The second half checks them by other means than the code under test.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare, concat, fromHex, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { parseLink } from '../../src/core/codec/link-text.ts';
import { allows, parseCddl, ruleOf } from '../support/cddl.ts';
import { WHOLE_FORMS } from '../support/forms.ts';
import { vectorFiles, vectorText } from '../support/vectors.ts';
import chain from '../vectors/chain.json' with { type: 'json' };
import derived from '../vectors/derived.json' with { type: 'json' };
import forms from '../vectors/forms.json' with { type: 'json' };

const hex = (text: string) => fromHex(text) ?? expect.fail(`not hexadecimal: ${text}`);
const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash('sha256')
    .update(concat(...parts))
    .digest('hex');
const tagged = (tag: string, ...parts: readonly Uint8Array[]) => concat(Uint8Array.of(tag.length), utf8(tag), ...parts);
const taggedSha256 = (tag: string, ...parts: readonly Uint8Array[]) => hex(sha256(tagged(tag, ...parts)));
const fileText = (name: string) => readFileSync(join(import.meta.dirname, '../vectors', name), 'utf8');

test('the code gives what is frozen', async () => {
  for (const [name, content] of Object.entries(await vectorFiles())) {
    expect(vectorText(content) === fileText(name), `${name} differs: npm run vectors`).toBe(true);
  }
});

describe('forms', () => {
  const samples: Readonly<Record<string, readonly { readonly value: unknown; readonly bytes: string }[]>> = forms;
  const cddl = parseCddl(readFileSync(join(import.meta.dirname, '../../formats.cddl'), 'utf8'));

  test('each form has its sample', () => {
    expect(Object.keys(samples).sort()).toEqual([...new Set(WHOLE_FORMS.map(({ codec }) => codec.cddl))].sort());
  });

  test.each(WHOLE_FORMS.map((form) => [form.codec.cddl, form] as const))(
    '%s: fields give bytes, bytes give fields, the CDDL allows both',
    (name, form) => {
      const values = samples[name] ?? [];
      expect(values.length).toBeGreaterThan(0);
      for (const { value, bytes } of values) {
        const fields = fromJson(value);
        expect(toHex(encode(form.codec, fields))).toBe(bytes);
        expect(unwrap(decode(form.codec, hex(bytes), form.bytesMax))).toEqual(fields);
        expect(allows(cddl, ruleOf(cddl, name), unwrap(decodeCbor(hex(bytes), form.bytesMax)))).toBe(true);
      }
    },
  );

  test('each case of a form that has cases has its sample', () => {
    for (const { codec } of WHOLE_FORMS) {
      const names = (codec.cases ?? []).map((one) => one.name).sort();
      const seen = new Set((samples[codec.cddl] ?? []).map(({ value }) => (value as { type: string }).type));
      if (names.length > 0) expect([...seen].sort()).toEqual(names);
    }
  });
});

describe('by other means', () => {
  test('hashes are SHA-256 of the length of the tag, the tag and the input', () => {
    for (const { what, tag, input, hash } of chain.hashes) expect(sha256(tagged(tag, hex(input))), what).toBe(hash);
  });

  test('signatures are Ed25519 over the length of the tag, the tag and the input, by OpenSSL’s judgement', () => {
    for (const { what, tag, input, key, signature } of chain.signatures) {
      const publicKey = createPublicKey({
        key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex(key)).toString('base64url') },
        format: 'jwk',
      });
      expect(verify(null, tagged(tag, hex(input)), publicKey, hex(signature)), what).toBe(true);
    }
  });

  test('the log’s root is that of RFC 6962, written as the RFC has it', () => {
    const { leaves, leafHashes, roots, bundle } = chain.log;
    const root = (hashes: readonly string[]): string => {
      if (hashes.length <= 1) return hashes[0] ?? sha256();
      const split = 2 ** Math.ceil(Math.log2(hashes.length) - 1);
      return sha256(Uint8Array.of(1), hex(root(hashes.slice(0, split))), hex(root(hashes.slice(split))));
    };
    expect(leaves.map((leaf) => sha256(Uint8Array.of(0), hex(leaf)))).toEqual(leafHashes);
    for (const { size, root: expected } of roots) expect(root(leafHashes.slice(0, size))).toBe(expected);
    const framed = leaves.map((leaf) => `${(leaf.length / 2).toString(16).padStart(4, '0')}${leaf}`);
    expect(framed.join('')).toBe(bundle);
  });

  test('state roots follow from the records alone', () => {
    for (const { records, root, height } of chain.states) expect(naiveRoot(records), `height ${height}`).toBe(root);
  });

  test('the link reads back from each of its texts', () => {
    const { bytes, code, url, json } = derived.link;
    expect(Buffer.from(code, 'base64url').toString('hex')).toBe(bytes);
    const link = unwrap(parseLink(code));
    expect(unwrap(parseLink(url))).toEqual(link);
    expect(unwrap(parseLink(json))).toEqual(link);
    expect(bytes.slice(-8)).toBe(sha256(tagged('latchkey/link-checksum/1', hex(bytes.slice(0, -8)))).slice(0, 8));
  });

  test('challenges name step, keys, peers, nonces and transcript in the order drawn', () => {
    const { nodes, peers, nonces, challenges, transcriptInput } = derived.handshake;
    const peer = (text: string) => concat(Uint8Array.of(text.length), utf8(text));
    const transcript = taggedSha256('latchkey/handshake-transcript/1', hex(transcriptInput));
    const bare = (text: string) => hex(text.slice(2));
    for (const { number, message } of challenges) {
      const parts = [
        hex(derived.keys.invite.chain),
        Uint8Array.of(number),
        bare(nodes.opener),
        bare(nodes.acceptor),
        peer(peers.opener),
        peer(peers.acceptor),
        bare(nonces.opener),
        bare(nonces.acceptor),
        transcript,
      ];
      expect(message).toBe(toHex(tagged('latchkey/challenge/1', ...parts)));
    }
  });
});

interface RecordJson {
  readonly number: number;
  readonly id: string;
  readonly value: string;
}

/** The state root as its drawing has it: no incremental tree, no cache. */
function naiveRoot(records: readonly RecordJson[]): string {
  const pairs = records.map(({ number, id, value }) => ({
    key: taggedSha256('latchkey/state-key/1', Uint8Array.of(number), hex(id)),
    value: taggedSha256('latchkey/state-value/1', hex(value)),
  }));
  const buckets = Array.from({ length: 256 }, (_, index) => {
    const own = pairs.filter(({ key }) => key[0] === index).sort((a, b) => compare(a.key, b.key));
    return taggedSha256('latchkey/state-bucket/1', ...own.flatMap(({ key, value }) => [key, value]));
  });
  const rootOf = (level: readonly Uint8Array[]): Uint8Array =>
    level.length === 1
      ? (level[0] ?? new Uint8Array(0))
      : rootOf(Array.from({ length: level.length / 2 }, (_, i) => taggedSha256('latchkey/state-node/1', ...level.slice(2 * i, 2 * i + 2))));
  return toHex(rootOf(buckets));
}

function fromJson(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === 'string' && value.startsWith('0x')) return hex(value.slice(2));
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromJson(one)]));
}
