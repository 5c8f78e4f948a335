/** A public witness (C2SP tlog-witness) in this process: cosigns what extends what it saw last, and nothing else. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { equal } from '../../src/core/base/bytes.ts';
import { publicKeyOf, signWithSeed } from '../../src/core/base/key.ts';
import type { Checkpoint } from '../../src/core/log/checkpoint.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import { encodeSignatureLines } from '../../src/core/log/note.ts';
import { cosignatureLine } from '../../src/core/log/open-note.ts';
import { verifyConsistency } from '../../src/core/log/proof.ts';
import { encodeVerifierKey, type VerifierKey, verifierKey } from '../../src/core/log/verifier-key.ts';
import { decodeAddCheckpoint } from '../../src/core/log/witness.ts';

export interface TestWitness {
  readonly key: VerifierKey;
  /** As `--witness` takes it. */
  readonly setting: string;
  /** What it was asked and how it answered. */
  readonly answers: readonly number[];
  close(): Promise<void>;
}

export async function startWitness(name: string): Promise<TestWitness> {
  const seed = new Uint8Array(32).fill(name.length);
  const key = verifierKey(name, 'cosignature', publicKeyOf(seed));
  const seen = new Map<string, Checkpoint>();
  const answers: number[] = [];
  const answer = (body: Uint8Array): { status: number; text: string } => {
    const asked = decodeAddCheckpoint(body);
    if (!asked.ok) return { status: 400, text: asked.refusal.detail };
    const { oldSize, proof, signed } = asked.value;
    const { checkpoint, note } = signed;
    const last = seen.get(checkpoint.origin);
    if (oldSize !== (last?.size ?? 0)) return { status: 409, text: `${last?.size ?? 0}\n` };
    const extendsLast =
      last === undefined ? proof.length === 0 : verifyConsistency(last.size, last.root, checkpoint.size, checkpoint.root, proof).ok;
    if (!extendsLast || (last?.size === checkpoint.size && !equal(last.root, checkpoint.root))) return { status: 422, text: 'no proof' };
    seen.set(checkpoint.origin, checkpoint);
    const time = Math.floor(Date.now() / 1000);
    return { status: 200, text: encodeSignatureLines([cosignatureLine(key, time, signWithSeed(seed, cosignedText(time, note.text)))]) };
  };
  const server = createServer(async (request, response) => {
    const { status, text } = answer(new Uint8Array(await buffer(request)));
    answers.push(status);
    response.writeHead(request.url === '/add-checkpoint' && request.method === 'POST' ? status : 404).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    key,
    setting: `${encodeVerifierKey(key)}=http://127.0.0.1:${port}/`,
    answers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
