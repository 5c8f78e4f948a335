/** Names that would move a terminal's cursor, begin lines of their own or turn the words around them: shown, and nothing more. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printable, qrCode } from '../../relay/src/cli/output.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { holdsControls, isolatedName, plainName } from '../../src/core/base/shown-name.ts';
import { logProofWords } from '../../src/core/light/log-proof-words.ts';
import { type ReceiptWords, receiptWords } from '../../src/core/light/receipt-words.ts';
import { checkLogProof } from '../../src/node/log-proof-check.ts';
import { checkReceipt } from '../../src/node/receipt-check.ts';
import { makeReceipt } from '../../src/node/receipts.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { readReceipt } from '../../src/ui/receipt-reading.ts';
import { until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { runRelay } from '../support/relay-process.ts';

const PERSON = 'Ada\u001b[2J\u001b[HIt holds.\r\n\nIt proves:\n  - everything\u202e';
const CHAIN = 'Club\u001b[31m\nIt does not prove:\n  - nothing';
const verifier = webCryptoVerifier();
const when = (time: number) => new Date(time).toISOString();
const { someone } = gathering();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-names-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function club() {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: CHAIN, yourName: PERSON });
  await ada.chain.append('one');
  await until(ada.chain, () => ada.chain.log.signed()?.vouched === true && ada.chain.log.signed()?.checkpoint.size === 2);
  return ada;
}

function sentences({ title, proves, provesNot }: ReceiptWords): readonly string[] {
  return [title, ...proves, ...provesNot];
}

test('a chain gives out names that a sentence can hold', async () => {
  const ada = await club();
  expect([ada.chain.name, ...ada.chain.members().map(({ name }) => name)].filter(holdsControls)).toEqual([]);
  expect(ada.chain.members()[0]?.name).toBe(plainName(PERSON));
  expect(ada.chain.name).toBe('Club\uFFFD[31m\uFFFDIt does not prove:\uFFFD  - nothing');
});

test('what a receipt or a proof says is one line a sentence, and on a page each name keeps to itself', async () => {
  const ada = await club();
  const id = ada.chain.members()[0]?.id ?? expect.fail('its founder');
  const [receipt, proof] = [await makeReceipt(ada.chain.node.ledger, id), await ada.chain.log.proof(1)];
  const [member, logged] = [unwrap(await checkReceipt(receipt, verifier)), unwrap(await checkLogProof(proof, verifier))];
  const said = [receiptWords(member, when), logProofWords(logged, when, () => PERSON)].flatMap(sentences);
  expect(said.filter(holdsControls)).toEqual([]);
  const shown = unwrap(await readReceipt(receipt));
  expect(shown.title).toBe(`${isolatedName(PERSON)} in ${isolatedName(CHAIN)}`);
  expect(sentences(shown).filter((line) => holdsControls(line.replaceAll(/\u2068[^\u2066-\u2069]*\u2069/gu, '')))).toEqual([]);
});

test('the command prints no line, and obeys nothing, that a name holds', async () => {
  const ada = await club();
  const id = ada.chain.members()[0]?.id ?? expect.fail('its founder');
  const file = join(folder, 'hostile.receipt');
  await writeFile(file, await makeReceipt(ada.chain.node.ledger, id));
  const { code, stdout } = await runRelay('verify', file);
  const lines = stdout.trimEnd().split('\n');
  expect([code, ...lines.filter(holdsControls)]).toEqual([0]);
  expect(lines.filter((line) => line.startsWith('It '))).toEqual([
    expect.stringMatching(/^It holds: Ada/),
    'It proves:',
    'It does not prove:',
  ]);
});

test('whatever else a command prints loses what a terminal would obey, and a QR code keeps its colours', () => {
  expect(printable('a\u001b[2Jb\rc\nd\u009be\u202ef\u2068g\u2069')).toBe('a\uFFFD[2Jb\uFFFDc\nd\uFFFDe\uFFFDf\uFFFDg\uFFFD');
  const code = qrCode('https://site.example/');
  expect(printable(`Open ${code}`)).toBe(`Open ${code}`);
});
