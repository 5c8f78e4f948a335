/** Every bound of the protocol, with its unit and its reason. A list, queue or message that a peer can fill has its bound here. */

const KIB = 1024;
const MIB = 1024 * KIB;
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Nested containers in one CBOR text; our deepest form (genesis → founders → endpoints) uses 7. */
export const CBOR_DEPTH_MAX = 16;

/** C2SP tlog-tiles stores a leaf's length in 16 bits. */
export const TRANSACTION_BYTES_MAX = 65_535;
/** Default cap of a body, set by the rules of a chain. */
export const BODY_BYTES_DEFAULT = 64 * KIB;
/** What no chain's rules may exceed: a body still fits one message on a circuit-relayed connection's allowance. */
export const BODY_BYTES_MAX = 64 * KIB;
/** Salt before the body, so that a short body cannot be guessed from its hash. */
export const BODY_SALT_BYTES = 32;
/** A MIME type with parameters. */
export const CONTENT_TYPE_BYTES_MAX = 127;
/** Characters that a name may take on screen, in UTF-8 bytes. */
export const NAME_BYTES_MAX = 100;
/** A body with a name: salt, content type, name, and room for a longer name than screens show. Snapshots carry one a member. */
export const NAME_BODY_BYTES_MAX = 512;
export const CHAIN_NAME_BYTES_MAX = 100;

/** A leaf bundle of C2SP tlog-tiles: the unit of storage, catch-up and publication. */
export const BUNDLE_LEAVES = 256;
/** Headers in one stored or sent header bundle. */
export const HEADER_BUNDLE_HEADERS = 256;
/** Keeps a block's proposal well inside one message. */
export const BLOCK_TRANSACTIONS_MAX = 1024;
export const BLOCK_BYTES_MAX = 1 * MIB;
/** Bodies that one block's transactions name, so that a block with its bodies is fetched in one go. */
export const BLOCK_BODIES_BYTES_MAX = 4 * MIB;
/** Parts that a validator keeps of one block that is not final: of one with more nothing comes of it. */
export const CANDIDATE_BYTES_MAX = BLOCK_BYTES_MAX + BLOCK_BODIES_BYTES_MAX;
/**
 * Views ahead of a validator's own for which it keeps what it hears, the votes and one proposal of each: what overtook the
 * certificate that leads there.
 */
export const VIEWS_AHEAD_MAX = 16;
/** Time-driven changes at the start of one block, so that an avalanche of expiries cannot stall it. */
export const BLOCK_EXPIRIES_MAX = 256;
/** The latest time that a date can show on every engine (ECMA-262, "Time Values"). */
export const TIME_MS_MAX = 8_640_000_000_000_000;
/** Year 10889: leaves a chain that begins then far more time than it can use. */
export const GENESIS_TIME_MS_MAX = 2 ** 48;

/** A name of a note's key or a log's origin: what one length byte counts where C2SP writes them in binary. */
export const NOTE_NAME_BYTES_MAX = 255;
/** Signatures under one note: all validators and auditors, the log, and as many public witnesses; Go's reader takes 100. */
export const NOTE_SIGNATURES_MAX = 96;
/** Such a note; also one with 16 of the longest signatures there are (ML-DSA-44, 5 KB), as C2SP signed-note asks. */
export const NOTE_BYTES_MAX = 256 * KIB;
/** What an application may lay beside a tlog-proof: here a leaf, and how trust came to its epoch over some hundred changes of validators. */
export const TLOG_PROOF_EXTRA_BYTES_MAX = 1 * MIB;
/** Logs, and groups, of one policy: C2SP tlog-policy recommends at least 32. */
export const POLICY_LOGS_MAX = 32;
export const POLICY_GROUPS_MAX = 32;
/** Validators, auditors, and as many public witnesses as C2SP tlog-policy recommends to allow. */
export const POLICY_WITNESSES_MAX = 96;
/** Such a policy with the longest names, and room for addresses and comments. */
export const POLICY_BYTES_MAX = 256 * KIB;

export const VALIDATORS_MAX = 31;
/** Epochs before the one in force whose votes still convict: the state keeps members and vote keys of each, some 2 KiB at most. */
export const FORMER_EPOCHS_MAX = 8;
export const FOUNDERS_MAX = 32;
export const AUDITORS_MAX = 32;
export const ENDPOINTS_MAX = 16;
export const ENDPOINT_BYTES_MAX = 256;
export const ROLES_MAX = 7;
/** Members at one time: bounds the state that whoever holds an open link can fill. */
export const MEMBERS_MAX = 100_000;
/** Entries of one chain whose bodies are erased: the state keeps a record of each, so that no newcomer takes them. */
export const ERASURES_MAX = 100_000;
export const DEVICES_PER_MEMBER_MAX = 16;
export const RULE_CHILDREN_MAX = 8;
export const GOVERNANCE_KINDS_MAX = 32;
export const TOKEN_NUMBERS_MAX = 16;
export const APPROVED_SOFTWARE_MAX = 64;
export const PROTOCOL_VERSIONS_MAX = 16;
export const DECISIONS_MAX = 64;
export const RECOVERY_KEYS_MAX = 16;
/** Members whom a recovery certificate brings in: as many as a transaction may carry bodies, here names. */
export const RECOVERY_NEWCOMERS_MAX = 4;
/** A sender signature and, on `join`, the invite key's co-signature. */
export const SIGNATURES_MAX = 2;

/** Requests that wait at one time: their ids stand in one record, which every opening and closing writes anew. */
export const REQUESTS_OPEN_MAX = 512;
/** Of these, by the invitations of one member: who spreads a link too widely does not keep out those whom others invite. */
export const REQUESTS_PER_ISSUER_MAX = 128;
/** Proposals that wait at one time. */
export const PROPOSALS_OPEN_MAX = 64;
/** Of one member: so that nobody alone can fill the list, and nobody be kept from proposing that it goes. */
export const PROPOSALS_PER_MEMBER_MAX = 8;
/** Federation members at one time: more than half of them still fit the list of those who approved. */
export const FEDERATION_MAX = 2 * DECISIONS_MAX - 1;
/** Members who may vote, and so who may vote and have no seat yet. */
export const CANDIDATES_MAX = 128;
/** Members whom one proposal removes or suspends: all who came through a link that leaked, in a few proposals. */
export const PROPOSAL_MEMBERS_MAX = 256;
/** A request or proposal that was not granted is forgotten after this. */
export const CLOSED_REQUEST_KEPT_MS = 90 * DAY_MS;
/** Knocks that one node keeps for its federation members to see; over it new ones are refused. */
export const KNOCKS_MAX = 256;
/** Of these, what one peer brings of its own, under however many keys: a household knocks by one machine, a flood by many. */
export const KNOCKS_PER_PEER_MAX = 8;
/** Of these, what one member's nodes tell of: no node of a member fills another's list. */
export const KNOCKS_PER_MEMBER_MAX = 128;
/** Leading zero bits that a knock's hash needs: about 65,000 hashes, a third of a second of a browser's time. */
export const KNOCK_WORK_BITS = 16;
/** How long a knock may wait before it must be made anew. */
export const KNOCK_LIFETIME_MS = 14 * DAY_MS;
/** A link from one device of a member to the next: long enough to walk over to it. */
export const DEVICE_LINK_LIFETIME_MS = 1 * HOUR_MS;
/** Blocks by which a node that says it is level may be behind: it spoke some blocks ago. */
export const READY_BEHIND_MAX = 1024;
/** An upgrade is announced at most so far ahead, in blocks. */
export const ACTIVATION_AHEAD_MAX = 10_000_000;

/** Members who relay, where the rules set no smaller cap: few places, so that many identities are no way to many tokens. */
export const RELAYS_MAX = 16;
/** Receipts in one transaction, 110 bytes each: more members than one relay keeps in touch in a day need not sign. */
export const RELAY_RECEIPTS_MAX = 256;
/** Days after its end in which a day can still be told of: a relay that was away for a night is in time. */
export const RECEIPT_DAYS_MAX = 2;
/** Relays for which one member signs a day: nobody needs more, and whoever signs for friends signs for few. */
export const RELAYS_ATTESTED_MAX = 4;
/** A day's minutes, which no reservation outlasts. */
export const DAY_MINUTES = DAY_MS / MINUTE_MS;
/** Whoever used a relay for less of a day says little about it. */
export const WATCHED_MINUTES_MIN = 60;
/** What one receipt tells of at most: circuits, and what they carried, in KiB (1 TiB). */
export const RECEIPT_CIRCUITS_MAX = 1_000_000;
export const RECEIPT_KIB_MAX = 1024 * 1024 * 1024;
export const RECEIPT_BREAKS_MAX = 10_000;
/** Breaks of a reservation in a day that count as none: an update, and a bad line. With more the day earns nothing. */
export const BREAKS_FORGIVEN_MAX = 3;
/** Days of service that the chain remembers of a relay, a byte each. */
export const SERVICE_DAYS_MAX = 365;
/** Members who invited one another, up to whom a lineage is followed; whose is longer attests nothing. */
export const ANCESTORS_MAX = 64;
/** The most that one day weighs in the draw: distinct members whose receipts count. */
export const LOT_WEIGHT_MAX = 64;
/** Days that wait for the block which decides whether they win: every relay's, all that can still be told of. */
export const LOTS_MAX = RELAYS_MAX * (RECEIPT_DAYS_MAX + 1);
/** Days of relays that one node keeps count of: relays come and go within a day, and today is one more. */
export const SERVED_COUNTS_MAX = 2 * RELAYS_MAX * (RECEIPT_DAYS_MAX + 1);
/** A day is drawn so many blocks after its receipts entered, by the id of the block between, which nobody knew who gathered them. */
export const DRAW_AFTER_BLOCKS = 2;
/** A token that nobody spends, and eligibility that nobody uses, goes back into the pool: hoarding keeps no place from others. */
export const TOKEN_LIFETIME_MS = 30 * DAY_MS;
export const ELIGIBILITY_LIFETIME_MS = 30 * DAY_MS;

/** Live invitations of one chain: bounds the state that members can fill. */
export const INVITATIONS_LIVE_MAX = 4096;
/** Live invitations of one member. */
export const INVITATIONS_PER_MEMBER_MAX = 128;
/** Uses that stand for "unlimited". */
export const USES_UNLIMITED = 0;
export const USES_MAX = 1_000_000;
export const INVITATION_LIFETIME_MS_MAX = 366 * DAY_MS;
/** No time limit of a chain's rules is longer: ten years outlast every request, suspension and waiting transaction. */
export const RULE_TIME_MS_MAX = 3653 * DAY_MS;
/** A spent invitation without living descendants is forgotten after this. */
export const SPENT_INVITATION_KEPT_MS = 90 * DAY_MS;
/** Default horizon within which a transaction's expiry must lie. */
export const TRANSACTION_HORIZON_MS = 1 * DAY_MS;
/** Default life of a transaction made here: long enough for a night offline. */
export const TRANSACTION_LIFETIME_MS = 12 * HOUR_MS;
/** No horizon of a chain's rules is shorter: its members' transactions would all expire too late for it, among them the one that mends it. */
export const TRANSACTION_HORIZON_MS_MIN = TRANSACTION_LIFETIME_MS + HOUR_MS;
/** Nor may what waits for decisions end before a second person can have decided. */
export const REQUEST_LIFETIME_MS_MIN = 1 * HOUR_MS;
/** A link older than this must be asked for afresh: its anchor may predate validators that have since gone. */
export const ANCHOR_AGE_MS_MAX = 180 * DAY_MS;

/** The invitation link's payload with one relay. */
export const LINK_BYTES_MAX = 2 * KIB;
export const LINK_RELAYS_MAX = 4;
export const LINK_ADDRESSES_MAX = 8;
/** 128 bits: beyond guessing, short in a link. */
export const INVITE_SEED_BYTES = 16;
export const NETWORK_KEY_BYTES = 32;
/** Next node keys derived from one recovery phrase: one chain each. */
export const NEXT_KEYS = 64;

/** Chains in one backup: more than a person is on, and as many as a busy relay hosts. */
export const BACKUP_CHAINS_MAX = 256;
/** Such a backup, with four relays a chain at two addresses each. */
export const BACKUP_BYTES_MAX = 1 * MIB;
/** Its file: the same under a seal. */
export const BACKUP_FILE_BYTES_MAX = BACKUP_BYTES_MAX + 1 * KIB;
/** Short of this, guessing a file's password takes hours. */
export const BACKUP_PASSWORD_CHARACTERS_MIN = 8;

/** Clock-free: the largest integer in any format, so that every engine reads it exactly. */
export const UINT_MAX = Number.MAX_SAFE_INTEGER;

/** Transactions that wait for a block on one node; over it new ones are refused with `too-many-pending`. */
export const MEMPOOL_TRANSACTIONS_MAX = 20_000;
export const MEMPOOL_BYTES_MAX = 64 * MIB;
/** Waiting transactions of one sender, so that one member cannot fill the pool. */
export const MEMPOOL_PER_SENDER_MAX = 12_000;
/** Entries in one person's outbox. */
export const OUTBOX_MAX = 12_000;

/** A checkpoint with all its signatures: a line of at most 300 bytes for each of 31 validators, 32 auditors and some witnesses. */
export const CHECKPOINT_NOTE_BYTES_MAX = 32 * KIB;
/** Public witnesses whose signatures a node looks at, by the configuration of its operator or site. */
export const WITNESSES_KNOWN_MAX = 16;
/** Signers of whose checkpoints the newest is kept, more than one epoch has; over it those who fell silent longest ago go. */
export const CHECKPOINT_SIGNERS_KEPT_MAX = 256;
/** Checkpoints of one signer that wait beside its newest for blocks to compare them with: those whose blocks come first. */
export const CHECKPOINTS_WAITING_MAX = 4;
/** Checkpoints in one message: signers are at a few sizes of the log at a time. */
export const CHECKPOINTS_CARRIED_MAX = 16;

/** Headers from a block of a fork proof to the certificate that makes it final: what one epoch had since, 1 MiB of it. */
export const FORK_HEADERS_MAX = 4_096;
/** Changes of validators that a proof follows from the genesis on: one an hour for half a year. */
export const LINEAGE_EPOCHS_MAX = 4_096;
/** Such headers on both sides, and as much again for how trust came there. */
export const FORK_PROOF_BYTES_MAX = 8 * MIB;

/** A join receipt: a few kilobytes in a young chain; in an old and large one what is proved of each approver adds up. */
export const RECEIPT_BYTES_MAX = 8 * MIB;
/** Records that a join receipt proves: of the member, its request and invitation, and two for each of those who approved. */
export const RECEIPT_RECORDS_MAX = 2 * DECISIONS_MAX + 8;
/** Transactions in a join receipt: what asked or admitted, and each approval. */
export const RECEIPT_LEAVES_MAX = DECISIONS_MAX + 1;
/** A join receipt that fits a link: what messengers and browsers pass on unharmed. */
export const RECEIPT_LINK_BYTES_MAX = 24 * KIB;

/** One message of a session: a proposal of a whole block with room for its certificate. */
export const SESSION_MESSAGE_BYTES_MAX = BLOCK_BYTES_MAX + 256 * KIB;
/** A request for a receipt, or the receipt: some 150 bytes. */
export const RECEIPT_FRAME_BYTES_MAX = 1 * KIB;
/** Messages of one session that wait to be handled: as many as may wait at the other side to be sent. */
export const INBOX_MESSAGES_MAX = 16_384;
/** Their bytes: twice as many as may wait there, for they come while the largest block is executed. */
export const INBOX_BYTES_MAX = 16 * MIB;
/** The same for a peer that is not a member: it hears and tells of tips, asks to join, and has little else to say. */
export const OUTSIDERS_INBOX_MESSAGES_MAX = 256;
export const OUTSIDERS_INBOX_BYTES_MAX = 2 * MIB;
/** What one `Session.request` may ask in: a list of hashes or a range. */
export const SYNC_REQUEST_BYTES_MAX = 64 * KIB;
/** One frame of an answer. A full bundle may take several; a smaller frame keeps a stream's share of a connection short. */
export const SYNC_FRAME_BYTES_MAX = 256 * KIB;
/** A host request or its answer: a genesis with every founder, and its certificate. */
export const HOST_MESSAGE_BYTES_MAX = 256 * KIB;
/** A code by which a relay hosts one chain: sixteen letters, and whatever a person puts between them. */
export const HOST_CODE_BYTES_MAX = 64;
/** A libp2p peer id as text is 46 to 62 characters; the length is written in one byte where it is signed. */
export const PEER_ID_BYTES_MAX = 128;
/** How often a peer is asked whether it is available before the attempt ends with a reason. */
export const HANDSHAKE_REQUESTS_MAX = 5;
