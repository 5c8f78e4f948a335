/** Every wire and stored form of the project, in the order and with the notes in which `formats.cddl` has them. */
import {
  BACKUP_BYTES_MAX,
  BACKUP_FILE_BYTES_MAX,
  BLOCK_BYTES_MAX,
  BODY_BYTES_MAX,
  FORK_PROOF_BYTES_MAX,
  HOST_MESSAGE_BYTES_MAX,
  LINK_BYTES_MAX,
  RECEIPT_BYTES_MAX,
  RECEIPT_FRAME_BYTES_MAX,
  SESSION_MESSAGE_BYTES_MAX,
  SYNC_FRAME_BYTES_MAX,
  SYNC_REQUEST_BYTES_MAX,
  TLOG_PROOF_EXTRA_BYTES_MAX,
  TRANSACTION_BYTES_MAX,
} from '../../src/core/base/limits.ts';
import { backup, backupFile } from '../../src/core/codec/backup.ts';
import { block, finality, HEADER_BYTES_MAX, header, leaf } from '../../src/core/codec/block.ts';
import { body, bodyRef } from '../../src/core/codec/body.ts';
import type { NamedCodec } from '../../src/core/codec/codec.ts';
import { FAREWELL_BYTES_MAX, farewell } from '../../src/core/codec/farewell.ts';
import { forkProof } from '../../src/core/codec/fork-proof.ts';
import { genesis, signedGenesis } from '../../src/core/codec/genesis.ts';
import { HANDSHAKE_FRAME_BYTES_MAX, handshakeFrame } from '../../src/core/codec/handshake.ts';
import { hostAnswer, hostRequest } from '../../src/core/codec/host.ts';
import { invitationLink } from '../../src/core/codec/link.ts';
import { logEvidence } from '../../src/core/codec/log-evidence.ts';
import { hash, publicKey, role, signature } from '../../src/core/codec/primitives.ts';
import { receipt } from '../../src/core/codec/receipt.ts';
import { RECORD_KIND_NAMES, RECORD_KINDS } from '../../src/core/codec/records.ts';
import { refusalCode } from '../../src/core/codec/refusal.ts';
import { receiptRequest, relayReceipt, relayReceiptBody } from '../../src/core/codec/relay-receipt.ts';
import { REQUEST_LINK_BYTES_MAX, requestLink } from '../../src/core/codec/request-link.ts';
import { rule, rules } from '../../src/core/codec/rules.ts';
import { sessionMessage } from '../../src/core/codec/session-message.ts';
import {
  AWAITED_ROW_BYTES_MAX,
  awaitedRow,
  baseRow,
  cosignedRow,
  issuedRow,
  outboxRow,
  ownRow,
  ownRowOne,
  RECOVERY_SIGHT_BYTES_MAX,
  recoverySightRow,
  SERVED_ROW_BYTES_MAX,
  servedRow,
  TAIL_ROW_BYTES_MAX,
  tailRow,
  VALIDATING_ROW_BYTES_MAX,
  validatingRow,
} from '../../src/core/codec/stored.ts';
import { hostAnswerFrame, hostRequestFrame, sessionFrame, syncAnswerFrame, syncRequestFrame } from '../../src/core/codec/stream-frames.ts';
import {
  blockContents,
  bundleBodies,
  decider,
  epochFragment,
  finalityAnswer,
  hashList,
  headerList,
  ownMember,
  SYNC_ITEM_BYTES_MAX,
  snapshotBuckets,
  snapshotHead,
  snapshotNames,
  stateProof,
  storedBucket,
  syncRequest,
} from '../../src/core/codec/sync-message.ts';
import { action, transaction } from '../../src/core/codec/transaction.ts';
import { certificate, vote } from '../../src/core/codec/vote.ts';

export interface ListedForm {
  readonly codec: NamedCodec<unknown>;
  /** The cap under which it is decoded; absent for what is only a part of other forms. */
  readonly bytesMax?: number;
  /** What stands above it in `formats.cddl`. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  /** The file that defines the forms. */
  readonly file: string;
  readonly note?: string;
  readonly forms: readonly ListedForm[];
}

const RECORD_BYTES_MAX = 65_535;
const ITEM = { bytesMax: SYNC_ITEM_BYTES_MAX };

const ALONE = 'no id, since there is only one';
const RECORD_IDS = {
  chain: ALONE,
  rules: ALONE,
  trust: ALONE,
  census: ALONE,
  member: 'id: the hash under tag `member` of chain id and first node key',
  device: 'id: the node key',
  invitation: 'id: the hash under tag `invitation` of chain id and invite key',
  request: 'id: that of the transaction, or of the knock, that asks',
  retired: 'id: the node key',
  proposal: 'id: that of the transaction that proposes',
  office: 'id: that of the member',
  agenda: ALONE,
  'device-link': 'id: that of the member',
  recovery: ALONE,
  activation: ALONE,
  erasure: 'id: that of the entry’s transaction',
  'erasure-count': ALONE,
  'former-seats': ALONE,
  service: 'id: that of the member',
  attester: 'id: that of the member',
  token: 'id: that of the member',
  eligibility: 'id: that of the member',
  awards: ALONE,
} as const;
const records: readonly ListedForm[] = RECORD_KIND_NAMES.map((kind) => ({
  codec: RECORD_KINDS[kind].codec,
  bytesMax: RECORD_BYTES_MAX,
  note: `Kind ${RECORD_KINDS[kind].number}, ${RECORD_IDS[kind]}.`,
}));

export const SECTIONS: readonly Section[] = [
  {
    title: 'Words',
    file: 'primitives.ts, refusal.ts',
    note: 'h: SHA-256 under a domain tag (in the log: RFC 6962). k: Ed25519 public key. g: Ed25519 signature.',
    forms: [
      { codec: hash },
      { codec: publicKey },
      { codec: signature },
      { codec: role },
      { codec: refusalCode, note: 'A stable name, such as invitation-used. A name that a node does not know reads as `closed`.' },
    ],
  },
  {
    title: 'Bodies',
    file: 'body.ts',
    note: 'Kept beside the log. The hash in a body-ref is that of the encoded body under tag `body`.',
    forms: [{ codec: bodyRef }, { codec: body, bytesMax: BODY_BYTES_MAX }],
  },
  {
    title: 'Rules of a chain',
    file: 'rules.ts',
    note: 'Rule numbers 7 (reputation) and 8 (zero-knowledge proof) are reserved. Masks have a bit for each role, by its number.',
    forms: [
      { codec: rule, bytesMax: RECORD_BYTES_MAX },
      { codec: rules, bytesMax: RECORD_BYTES_MAX },
    ],
  },
  {
    title: 'Genesis',
    file: 'genesis.ts',
    note: 'Leaf 0 of the log is the signed genesis: a signature a founder, in order. Chain id: hash of the genesis under tag `chain`.',
    forms: [
      { codec: genesis, bytesMax: TRANSACTION_BYTES_MAX },
      { codec: signedGenesis, bytesMax: TRANSACTION_BYTES_MAX },
    ],
  },
  {
    title: 'Transactions',
    file: 'transaction.ts, governance.ts, knock.ts, recovery.ts',
    note: [
      'Every other leaf of the log. Id: hash of the unsigned transaction under tag `transaction`. The second signature is the',
      'link’s, under a join or a new device’s link-device.',
    ].join('\n'),
    forms: [
      { codec: action, bytesMax: TRANSACTION_BYTES_MAX },
      { codec: transaction, bytesMax: TRANSACTION_BYTES_MAX },
    ],
  },
  {
    title: 'Records of the membership state',
    file: 'records.ts',
    note: [
      'State key: hash under tag `state-key` of the kind’s number, 1 byte, and the id. The state root commits to the hashes of',
      'keys and of the records as they stand here.',
    ].join('\n'),
    forms: records,
  },
  {
    title: 'Votes and blocks',
    file: 'vote.ts, block.ts',
    note: [
      'Bit i of byte ⌊i / 8⌋ of a bitmap, least significant first, is seat i; the last byte is not zero. Signatures stand in',
      'seat order. A nullification names no block, every other vote names one. Block id: hash of the header under tag `block`.',
    ].join('\n'),
    forms: [
      { codec: vote, bytesMax: 512, note: 'Stored in table `votes`.' },
      { codec: certificate, bytesMax: 8192 },
      { codec: header, bytesMax: HEADER_BYTES_MAX },
      { codec: leaf },
      { codec: block, bytesMax: BLOCK_BYTES_MAX },
      {
        codec: finality,
        bytesMax: BLOCK_BYTES_MAX,
        note: 'A finalization of a block or of a descendant, with the headers between, oldest first.',
      },
    ],
  },
  {
    title: 'Invitation links',
    file: 'link.ts, address.ts, peer.ts',
    note: 'A link is these bytes and 4 bytes of their hash under tag `link-checksum`, in base64url. Whoever has the seed may join.',
    forms: [{ codec: invitationLink, bytesMax: LINK_BYTES_MAX }],
  },
  {
    title: 'Request links',
    file: 'request-link.ts',
    note: 'These bytes and 4 bytes of their hash under tag `link-checksum`, in base64url. No secret is in them.',
    forms: [{ codec: requestLink, bytesMax: REQUEST_LINK_BYTES_MAX }],
  },
  {
    title: 'Backups',
    file: 'backup.ts',
    note: [
      'A file holds a backup under AES-256-GCM by a key that PBKDF2-HMAC-SHA256 makes of a password; associated data is the file’s',
      'list without its last item. No private key and no recovery phrase is in a backup.',
    ].join('\n'),
    forms: [
      { codec: backup, bytesMax: BACKUP_BYTES_MAX },
      { codec: backupFile, bytesMax: BACKUP_FILE_BYTES_MAX },
    ],
  },
  {
    title: 'Handshake',
    file: 'handshake.ts',
    note: 'First frames of a stream of /latchkey/session/1.',
    forms: [{ codec: handshakeFrame, bytesMax: HANDSHAKE_FRAME_BYTES_MAX, note: 'With a farewell longer by as much.' }],
  },
  {
    title: 'Farewells',
    file: 'farewell.ts',
    note: 'Given along with a refusal to whoever is shut out.',
    forms: [{ codec: farewell, bytesMax: FAREWELL_BYTES_MAX }],
  },
  {
    title: 'Frames on streams',
    file: 'stream-frames.ts',
    note: 'Around what the next sections define, as byte strings.',
    forms: [
      { codec: sessionFrame, bytesMax: SESSION_MESSAGE_BYTES_MAX, note: '/latchkey/session/1, after the handshake.' },
      { codec: syncRequestFrame, bytesMax: SYNC_REQUEST_BYTES_MAX, note: '/latchkey/sync/1, from whoever asks.' },
      { codec: syncAnswerFrame, bytesMax: SYNC_FRAME_BYTES_MAX, note: '/latchkey/sync/1, from whoever answers.' },
      { codec: hostRequestFrame, bytesMax: HOST_MESSAGE_BYTES_MAX, note: '/latchkey/host/1.' },
      { codec: hostAnswerFrame, bytesMax: HOST_MESSAGE_BYTES_MAX },
    ],
  },
  {
    title: 'Messages of a session',
    file: 'session-message.ts',
    forms: [{ codec: sessionMessage, bytesMax: SESSION_MESSAGE_BYTES_MAX }],
  },
  {
    title: 'Catch-up',
    file: 'sync-message.ts',
    note: [
      'A request and the items that answer it. An item goes in frames: 1 byte, which is 1 if the item ends with this frame and',
      'else 0, then up to 64 KiB of it. Bundles are no CBOR: up to 256 leaves, each after its length in 2 bytes, big-endian.',
    ].join('\n'),
    forms: [
      { codec: syncRequest, bytesMax: SYNC_REQUEST_BYTES_MAX },
      { codec: finalityAnswer, ...ITEM },
      { codec: epochFragment, ...ITEM },
      { codec: stateProof, ...ITEM },
      { codec: ownMember, ...ITEM },
      { codec: decider, ...ITEM },
      { codec: snapshotHead, ...ITEM },
      { codec: snapshotBuckets, ...ITEM },
      { codec: snapshotNames, ...ITEM },
      { codec: hashList, ...ITEM },
      { codec: headerList, ...ITEM, note: 'Also stored, in table `headers`: 256 a row.' },
      { codec: bundleBodies, ...ITEM, note: 'Also stored, in table `bodies`, beside the bundles of table `bundles`.' },
      { codec: blockContents, ...ITEM },
    ],
  },
  {
    title: 'Receipts for a relay’s work',
    file: 'relay-receipt.ts',
    note: 'What the frames of /latchkey/receipt/1 carry: a request, and the receipt, whose member signs the body under tag `relay-receipt`.',
    forms: [
      { codec: receiptRequest, bytesMax: RECEIPT_FRAME_BYTES_MAX },
      { codec: relayReceiptBody, bytesMax: RECEIPT_FRAME_BYTES_MAX },
      { codec: relayReceipt, bytesMax: RECEIPT_FRAME_BYTES_MAX },
    ],
  },
  {
    title: 'Fork proofs',
    file: 'fork-proof.ts',
    forms: [{ codec: forkProof, bytesMax: FORK_PROOF_BYTES_MAX, note: 'Also a file by itself.' }],
  },
  {
    title: 'Join receipts',
    file: 'receipt.ts',
    forms: [{ codec: receipt, bytesMax: RECEIPT_BYTES_MAX, note: 'A file by itself, or a link.' }],
  },
  {
    title: 'Beside a proof that a leaf was logged',
    file: 'log-evidence.ts',
    forms: [{ codec: logEvidence, bytesMax: TLOG_PROOF_EXTRA_BYTES_MAX, note: 'On the `extra` line of a C2SP tlog-proof.' }],
  },
  {
    title: 'Hosting',
    file: 'host.ts',
    note: 'What the frames of /latchkey/host/1 carry.',
    forms: [
      { codec: hostRequest, bytesMax: HOST_MESSAGE_BYTES_MAX },
      { codec: hostAnswer, bytesMax: HOST_MESSAGE_BYTES_MAX },
    ],
  },
  {
    title: 'Rows of a store',
    file: 'stored.ts',
    note: [
      'Table `meta` holds, beside the rows below, byte strings that are no CBOR: the genesis (leaf 0), the roots of the full',
      'bundles (32 bytes each), bodies of names, and, apart from chains, the words of an unconfirmed recovery phrase, the 64',
      'next node keys (32 bytes each) and how many of them are taken, in decimal.',
    ].join('\n'),
    forms: [
      { codec: storedBucket, ...ITEM, note: 'Table `snapshot`: 256 rows.' },
      { codec: tailRow, bytesMax: TAIL_ROW_BYTES_MAX, note: 'Table `tail`, by height.' },
      { codec: baseRow, bytesMax: 65_536, note: 'Table `meta`.' },
      { codec: ownRow, bytesMax: 1_048_576, note: 'Table `meta`.' },
      { codec: ownRowOne, bytesMax: 1_048_576, note: 'As earlier versions kept it.' },
      { codec: issuedRow, bytesMax: 1024, note: 'Table `meta`.' },
      { codec: recoverySightRow, bytesMax: RECOVERY_SIGHT_BYTES_MAX, note: 'Table `meta`.' },
      { codec: cosignedRow, bytesMax: 256, note: 'Table `meta`.' },
      { codec: validatingRow, bytesMax: VALIDATING_ROW_BYTES_MAX, note: 'Table `meta`.' },
      { codec: awaitedRow, bytesMax: AWAITED_ROW_BYTES_MAX, note: 'Table `meta`.' },
      { codec: servedRow, bytesMax: SERVED_ROW_BYTES_MAX, note: 'Table `meta`.' },
      { codec: outboxRow, bytesMax: 262_144, note: 'Table `outbox`.' },
    ],
  },
];

/** Every form that is decoded by itself. */
export const WHOLE_FORMS: readonly (ListedForm & { readonly bytesMax: number })[] = SECTIONS.flatMap(({ forms }) =>
  forms.flatMap((form) => (form.bytesMax === undefined ? [] : [{ ...form, bytesMax: form.bytesMax }])),
);
