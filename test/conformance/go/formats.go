package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// What C2SP lays on top of sumdb/note and sumdb/tlog, which know neither checkpoints nor cosignatures.

const (
	algorithmNote        = 1
	algorithmCosignature = 4
)

// checkpoint is the text of a note (C2SP tlog-checkpoint).
type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return checkpoint{}, errors.New("a checkpoint is three lines")
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return checkpoint{}, err
	}
	root, err := parseHash(lines[2])
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, err
}

func (c checkpoint) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.origin, c.tree.N, c.tree.Hash)
}

func parseDecimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is not a number as C2SP writes it", text)
	}
	return number, nil
}

func parseHash(text string) (tlog.Hash, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != tlog.HashSize {
		return tlog.Hash{}, errors.New("not a hash")
	}
	var hash tlog.Hash
	copy(hash[:], data)
	return hash, nil
}

func treeHash(size int64, r tlog.HashReader) (tlog.Hash, error) {
	if size == 0 {
		// The library has zeros here; RFC 6962 hashes nothing.
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(size, r)
}

// cosigner is a note.Verifier of timestamped cosignatures (C2SP tlog-cosignature, Ed25519).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(c.key, cosigned(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

func cosigned(time uint64, msg []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), msg...)
}

// parseKey reads a verifier key of either type; those of notes are left to the library.
func parseKey(line string) (note.Verifier, error) {
	parts := strings.SplitN(line, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a verifier key")
	}
	material, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(material) == 0 {
		return nil, errors.New("not a verifier key")
	}
	hash := keyHash(parts[0], material)
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("not the id of this key, in its one spelling")
	}
	if material[0] != algorithmCosignature {
		return note.NewVerifier(line)
	}
	if len(material) != 1+ed25519.PublicKeySize {
		return nil, errors.New("not the key of a cosigner")
	}
	return cosigner{parts[0], hash, ed25519.PublicKey(material[1:])}, nil
}

func keyHash(name string, material []byte) uint32 {
	digest := sha256.Sum256(append([]byte(name+"\n"), material...))
	return binary.BigEndian.Uint32(digest[:])
}

// openAll opens a note on which every line must be a signature by one of these keys.
func openAll(msg []byte, keys []note.Verifier) (*note.Note, error) {
	opened, err := note.Open(msg, note.VerifierList(keys...))
	if err != nil {
		return nil, err
	}
	if len(opened.UnverifiedSigs) != 0 {
		return nil, fmt.Errorf("%d signatures are by nobody known", len(opened.UnverifiedSigs))
	}
	for _, sig := range opened.Sigs {
		// The library lets the last bits of base64 be anything.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

func openCheckpoint(msg []byte, keys []note.Verifier) (checkpoint, error) {
	opened, err := openAll(msg, keys)
	if err != nil {
		return checkpoint{}, err
	}
	return parseCheckpoint(opened.Text)
}

// proof is what C2SP tlog-proof and add-checkpoint have in common: words, hashes, an empty line, a checkpoint.
type proof struct {
	number int64
	hashes []tlog.Hash
	rest   []byte
}

// parseProof reads one whose words are these, the last with a number after it.
func parseProof(data []byte, words ...string) (proof, error) {
	head, rest, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	last := len(words) - 1
	if !found || len(lines) < len(words) || !strings.HasPrefix(lines[last], words[last]+" ") {
		return proof{}, errors.New("not a proof")
	}
	for i, word := range words[:last] {
		if lines[i] != word {
			return proof{}, errors.New("not a proof")
		}
	}
	number, err := parseDecimal(strings.TrimPrefix(lines[last], words[last]+" "))
	if err != nil {
		return proof{}, err
	}
	p := proof{number: number, rest: rest}
	for _, line := range lines[len(words):] {
		hash, err := parseHash(line)
		if err != nil {
			return proof{}, err
		}
		p.hashes = append(p.hashes, hash)
	}
	return p, nil
}

func formatProof(number int64, hashes []tlog.Hash, rest []byte, words ...string) []byte {
	var out bytes.Buffer
	out.WriteString(strings.Join(words, "\n"))
	fmt.Fprintf(&out, " %d\n", number)
	for _, hash := range hashes {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	out.WriteString("\n")
	out.Write(rest)
	return out.Bytes()
}

var (
	leafWords = []string{"c2sp.org/tlog-proof@v1", "index"}
	oldWords  = []string{"old"}
)

// tilePath is where C2SP serves a tile that the library names tile/8/…
func tilePath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

// entriesPath is where C2SP serves the records of a tile of level 0.
func entriesPath(tile tlog.Tile) string {
	tile.L = -1
	return "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/data/")
}

// splitEntries reads a bundle: each record with its length before it, in two bytes.
func splitEntries(data []byte) ([][]byte, error) {
	var records [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, errors.New("a bundle ends inside a length")
		}
		size := int(binary.BigEndian.Uint16(data))
		data = data[2:]
		if len(data) < size {
			return nil, errors.New("a bundle ends inside a record")
		}
		records = append(records, data[:size])
		data = data[size:]
	}
	return records, nil
}

func joinEntries(records [][]byte) []byte {
	var out []byte
	for _, record := range records {
		out = append(out, byte(len(record)>>8), byte(len(record)))
		out = append(out, record...)
	}
	return out
}
