/** The audit of a published log, look after look: an honest log that grows is never accused, however it comes to be shown. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { PublishedAudit, publishedAt } from '../../relay/src/published-audit.ts';
import { utf8 } from '../../src/core/base/bytes.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import { cosignatureLine, noteSignature } from '../../src/core/log/open-note.ts';
import type { SignedLog } from '../../src/node/checkpoint-gathering.ts';
import { publishedFile } from '../../src/node/published-log.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { relayGround } from '../support/relay-ground.ts';
import { WatchProcess } from '../support/watch-process.ts';

const { path, atEnd } = relayGround();
const stop = new AbortController().signal;

/** A chain of one validator, and an audit of what is shown of its log. */
async function publishing() {
  const chain = await TestChain.create();
  const ledger = await chain.createLedger(await memoryStore().space('published'));
  const [alice] = logSigners(chain.id, ledger.trust);
  if (alice?.log === undefined) throw new Error('she is the validator');
  const { log, cosigner } = alice;
  let shown: SignedLog;
  const read = async (name: string) => (await publishedFile(ledger, shown, name))?.bytes;
  const audit = new PublishedAudit({ read, chain: undefined }, path('seen'));
  return {
    /** A file of what is shown. */
    read,
    /** Shows the log up to this checkpoint from now on. */
    shows: (signed: SignedLog) => {
      shown = signed;
    },
    commits: async (...texts: readonly string[]) =>
      ledger.commit(texts.length === 0 ? await chain.block([]) : await chain.entries(...texts)),
    /** The checkpoint of the log as it is now. */
    signed: async (): Promise<SignedLog> => {
      const { logSize: size, logRoot: root } = chain.tip.header;
      const checkpoint = { origin: originOf(chain.id), size, root };
      const text = checkpointText(checkpoint);
      const cosigned = cosignatureLine(cosigner, 5, await chain.note.sign(cosignedText(5, text)));
      const signatures = [noteSignature(log, await chain.note.sign(utf8(text))), cosigned];
      return { checkpoint, note: { text, signatures }, cosigners: [alice], vouched: true };
    },
    /** What the audit says of the log up to a checkpoint: what is wrong, or up to where it is right. */
    audited: async (signed: SignedLog) => {
      shown = signed;
      const { fault, size } = await audit.look(stop);
      return fault?.code ?? size;
    },
  };
}

test('a block without transactions stays part of the log that was seen once others follow it', async () => {
  const { commits, signed, audited } = await publishing();
  await commits('one');
  await commits();
  await commits();
  const first = await signed();
  expect(await audited(first)).toBe(2);
  await commits('two');
  expect(await audited(first)).toBe(2);
  expect(await audited(await signed())).toBe(3);
});

test('a checkpoint that too few have signed is told, and forgotten once one that enough have signed is shown, if a smaller one', async () => {
  const { commits, signed, audited } = await publishing();
  await commits('one');
  const first = await signed();
  await commits('two');
  const second = await signed();
  const tooFew = { ...second, note: { ...second.note, signatures: second.note.signatures.slice(0, 1) } };
  expect(await audited(tooFew)).toBe('no-quorum');
  expect(await audited(first)).toBe(2);
  expect(await audited(tooFew)).toBe('no-quorum');
  expect(await audited(second)).toBe(3);
  // What enough have signed does not go away again.
  expect(await audited(first)).toBe('conflicting-block');
});

/** A web server that gives what it is told to at the time. */
async function server() {
  let answer: (path: string, response: ServerResponse) => unknown = (_, response) => response.writeHead(503).end();
  const listening = createServer((request, response) => answer(request.url?.slice(1) ?? '', response)).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  atEnd(async () => {
    listening.closeAllConnections();
    listening.close();
  });
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

function endless(): Readable {
  const piece = Buffer.alloc(64 * 1024, 'A');
  return Readable.from(
    (function* () {
      for (;;) yield piece;
    })(),
  );
}

/** What a web server may do to a log, each with what whoever reads it is told. */
const MISCHIEF: readonly (readonly [string, (path: string, response: ServerResponse) => unknown])[] = [
  ['malformed', (_, response) => response.writeHead(200).end('<html>Back soon</html>\n')],
  [
    'breaks off before the end of checkpoint',
    (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('latchkey/');
      setImmediate(() => response.destroy());
    },
  ],
  ['checkpoint is longer than any such file', (_, response) => endless().pipe(response.writeHead(200))],
];

test.each(MISCHIEF)('is told what is in the way: %s', async (what, answer) => {
  const { url, answers } = await server();
  answers(answer);
  const published = publishedAt(url) ?? expect.fail('it is a URL');
  await expect(new PublishedAudit(published, path('seen')).look(stop)).rejects.toThrow(what);
});

test('a watch goes on once whatever was in the way is gone', { timeout: 90_000 }, async () => {
  const { commits, signed, shows, read } = await publishing();
  await commits('one');
  shows(await signed());
  const { url, answers } = await server();
  const watch = new WatchProcess(url, path('seen'));
  try {
    for (const [what, answer] of MISCHIEF) {
      answers(answer);
      await expect.poll(() => watch.said, { timeout: 20_000 }).toContain(what);
    }
    answers(async (name, response) => {
      const bytes = await read(name);
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
    });
    await watch.sees('that the log is right', ({ clean, size }) => clean && size === 2);
  } finally {
    expect(await watch.stops()).toBe(0);
  }
});
