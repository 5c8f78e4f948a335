import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromUtf8, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { POLICY_BYTES_MAX, POLICY_GROUPS_MAX, POLICY_LOGS_MAX, POLICY_WITNESSES_MAX } from '../../src/core/base/limits.ts';
import { type Result, unwrap } from '../../src/core/base/result.ts';
import { acceptCheckpoint, isWitnessed, type Policy, policyKeys } from '../../src/core/log/policy.ts';
import { decodePolicy, encodePolicy } from '../../src/core/log/policy-text.ts';
import { encodeVerifierKey } from '../../src/core/log/verifier-key.ts';
import { cosigningHand, type NoteHand, noteHand, openSigned, signedCheckpoint } from '../support/log-signing.ts';

const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);
const vkey = ({ key }: NoteHand) => encodeVerifierKey(key);
const read = (text: string) => decodePolicy(utf8(text));

const ORIGIN = 'latchkey/abc';
const log = noteHand(ORIGIN, 1);
const hands = new Map(
  ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name, i) => [name, cosigningHand(`witness.example/${name}`, 10 + i, 1000 + i)]),
);
const hand = (name: string) => hands.get(name) ?? expect.fail(name);

/** The example of the specification, with keys in it. */
const EXAMPLE = `log ${vkey(log)}

witness X1 ${vkey(hand('X1'))}
witness X2 ${vkey(hand('X2'))}
witness X3 ${vkey(hand('X3'))}
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkey(hand('Y1'))}
witness Y2 ${vkey(hand('Y2'))}
witness Y3 ${vkey(hand('Y3'))}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

const checkpoint = { origin: ORIGIN, size: 7, root: plainSha256(utf8('root')) };
const judge = (policy: Policy, by: readonly NoteHand[], of = checkpoint) => {
  const opened = openSigned(signedCheckpoint(of, by), policyKeys(policy));
  return opened.ok ? acceptCheckpoint(policy, opened.value) : opened;
};

describe('the example of C2SP tlog-policy', () => {
  const policy = unwrap(read(EXAMPLE));

  test('is read, and written anew in the same meaning', () => {
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ]);
    expect(unwrap(decodePolicy(encodePolicy(policy)))).toEqual(policy);
    expect(fromUtf8(encodePolicy(policy))).toContain('group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n');
  });

  test('takes two X and a Y, with the log, and says who signed when', () => {
    const accepted = unwrap(judge(policy, [log, hand('X1'), hand('X3'), hand('Y2')]));
    expect(accepted.checkpoint).toEqual(checkpoint);
    expect(accepted.log.key).toEqual(log.key);
    expect(accepted.cosigners.map(({ witness, time }) => [witness.name, time])).toEqual([
      ['X1', 1000],
      ['X3', 1002],
      ['Y2', 1004],
    ]);
  });

  test('takes nothing less', () => {
    for (const names of [[], ['X1'], ['X1', 'X2'], ['X1', 'X2', 'X3'], ['Y1', 'Y2', 'Y3'], ['X1', 'Y1', 'Y2', 'Y3']]) {
      expect(code(judge(policy, [log, ...names.map(hand)])), names.join(' ')).toBe('policy-unmet');
    }
    expect(code(judge(policy, [hand('X1'), hand('X2'), hand('Y1')])), 'without the log').toBe('policy-unmet');
    const all = [log, hand('X1'), hand('X2'), hand('Y1')];
    expect(code(judge(policy, all, { ...checkpoint, origin: 'latchkey/other' }))).toBe('wrong-origin');
  });

  test('counts a set of witnesses as the specification does, whatever the set', () => {
    fc.assert(
      fc.property(fc.subarray([...hands.keys()]), (names) => {
        const some = new Set(names);
        const count = (letter: string) => names.filter((name) => name.startsWith(letter)).length;
        expect(isWitnessed(policy, some)).toBe(count('X') >= 2 && count('Y') >= 1);
      }),
      { seed: 14, numRuns: 64 },
    );
  });
});

describe('a policy', () => {
  const [x1, x2] = [vkey(hand('X1')), vkey(hand('X2'))];

  test('may ask for no cosignature, for one witness, or name no log', () => {
    const none = unwrap(read(`log ${vkey(log)}\nquorum none\n`));
    expect(code(judge(none, [log]))).toBe('ok');
    const one = unwrap(read(`log ${vkey(log)}\nwitness w ${x1}\nquorum w\n`));
    expect(code(judge(one, [log]))).toBe('policy-unmet');
    expect(code(judge(one, [log, hand('X1')]))).toBe('ok');
    expect(code(judge(unwrap(read(`witness w ${x1}\nquorum w\n`)), [log, hand('X1')]))).toBe('wrong-origin');
  });

  test('may have tabs, spaces, comments, URLs and names in any script or none', () => {
    const policy = unwrap(read(`# žluť\n\t # more\n \n\tlog\t ${vkey(log)}  https://a.example/ \nwitness ✓ ${x1}\twss://w\nquorum ✓\n`));
    expect(policy.logs[0]?.url).toBe('https://a.example/');
    expect(policy.witnesses[0]?.url).toBe('wss://w');
    expect(code(judge(policy, [log, hand('X1')]))).toBe('ok');
    const octets = concat(utf8(`witness `), Uint8Array.of(0xff, 0xe2), utf8(` ${x1}\nquorum `), Uint8Array.of(0xff, 0xe2, 0x0a));
    expect(toHex(encodePolicy(unwrap(decodePolicy(octets))))).toBe(toHex(octets));
    const kelvin = unwrap(read(`witness K ${x1}\nwitness \u212a ${x2}\nquorum K\n`));
    expect(kelvin.witnesses.length).toBe(2);
  });

  test('in any other shape is refused, by the line that is wrong', () => {
    const base = `log ${vkey(log)}\nwitness a ${x1}\nwitness b ${x2}\n`;
    const others = [
      ['no quorum', base],
      ['nothing', ''],
      ['two quorums', `${base}quorum a\nquorum a\n`],
      ['a quorum of nobody', `${base}quorum c\n`],
      ['a quorum of two', `${base}quorum a b\n`],
      ['a quorum before its witness', `quorum a\n${base}`],
      ['a line that ends nowhere', `${base}quorum a`],
      ['another word', `${base}Quorum a\n`],
      ['a comment after an item', `${base}quorum a # all\n`],
      ['a group of nobody', `${base}group g any\nquorum g\n`],
      ['a group of strangers', `${base}group g any c\nquorum g\n`],
      ['a group of itself', `${base}group g any g\nquorum g\n`],
      ['a group of none', `${base}group g any none\nquorum g\n`],
      ['a member twice', `${base}group g 1 a a\nquorum g\n`],
      ['a member of two groups', `${base}group g any a b\ngroup h any a\nquorum h\n`],
      ['a threshold of nothing', `${base}group g 0 a b\nquorum g\n`],
      ['a threshold above all', `${base}group g 3 a b\nquorum g\n`],
      ['a threshold in another spelling', `${base}group g 01 a b\nquorum g\n`],
      ['a name that is taken', `${base}group a any b\nquorum a\n`],
      ['the name of nobody', `${base}group none any a\nquorum none\n`],
      ['a log twice', `${base}log ${vkey(log)}\nquorum a\n`],
      ['a log under another name', `${base}log ${vkey(noteHand('other', 1))}\nquorum a\n`],
      ['a witness under another name', `${base}witness c ${vkey(cosigningHand('other', 10, 0))}\nquorum a\n`],
      ['too much in a line', `${base}log ${vkey(noteHand('o', 5))} url more\nquorum a\n`],
      ['a control character', `${base}#\u0007\nquorum a\n`],
      ['a carriage return', `${base}quorum a\r\n`],
      ['a delete character', `${base}#\u007f\nquorum a\n`],
    ] as const;
    for (const [what, text] of others) expect(code(read(text)), what).toBe('malformed');
    for (const key of [x1, vkey(log).slice(0, -1), 'key']) expect(code(read(`${base}log ${key}\nquorum a\n`)), key).toBe('bad-key');
    expect(read(`${base}witness c ${vkey(noteHand('o', 5))}\nquorum a\n`)).toMatchObject({ ok: false, refusal: { code: 'bad-key' } });
    expect(read(`${base}group g any c\n`)).toMatchObject({
      ok: false,
      refusal: { detail: 'line 4 of a policy: a member that no line before defines' },
    });
  });

  test('has its bounds, and room for as many as the specification recommends', () => {
    const witnesses = (count: number) =>
      Array.from({ length: count }, (_, i) => `witness w${i} ${vkey(cosigningHand('w.example', i + 1, 0))}\n`).join('');
    const groups = (count: number) => Array.from({ length: count }, (_, i) => `group g${i} any w${i}\n`).join('');
    const logs = (count: number) => Array.from({ length: count }, (_, i) => `log ${vkey(noteHand('l.example', i + 1))}\n`).join('');
    expect(code(read(`${logs(POLICY_LOGS_MAX)}${witnesses(POLICY_WITNESSES_MAX)}${groups(POLICY_GROUPS_MAX)}quorum g0\n`))).toBe('ok');
    expect(code(read(`${logs(POLICY_LOGS_MAX + 1)}quorum none\n`))).toBe('too-large');
    expect(code(read(`${witnesses(POLICY_WITNESSES_MAX + 1)}quorum none\n`))).toBe('too-large');
    expect(code(read(`${witnesses(POLICY_GROUPS_MAX + 1)}${groups(POLICY_GROUPS_MAX + 1)}quorum none\n`))).toBe('too-large');
    expect(code(decodePolicy(new Uint8Array(POLICY_BYTES_MAX + 1).fill(0x23)))).toBe('too-large');
  });

  test('that could not be read again is not written', () => {
    const policy = unwrap(read(EXAMPLE));
    expect(() => encodePolicy({ ...policy, quorum: 'nobody' })).toThrow('can be read');
    expect(() =>
      encodePolicy({ ...policy, witnesses: [{ name: 'a b', key: hand('X1').key, url: undefined }], groups: [], quorum: 'none' }),
    ).toThrow();
  });

  test('never makes its reader throw', () => {
    const bytes = utf8(EXAMPLE);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
        const policy = decodePolicy(changes.reduce((now, [at, byte]) => now.with(at % now.length, byte), bytes));
        if (policy.ok) expect(unwrap(decodePolicy(encodePolicy(policy.value)))).toEqual(policy.value);
      }),
      { seed: 15, numRuns: 150 },
    );
  });
});
