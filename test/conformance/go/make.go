package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The same on both sides, so that the two folders can be compared byte by byte.
const (
	origin        = "latchkey/conformance"
	cosignerName  = "auditor.example/a1"
	cosignedAt    = 1_763_000_000
	logSeed       = 0x07
	cosignerSeed  = 0x09
	cosignerAlias = "auditor-1"
)

// maker writes one folder.
type maker struct {
	dir     string
	records [][]byte
	// Hashes in the order in which the library stores them.
	stored  []tlog.Hash
	signers []note.Signer
	signed  map[int64][]byte
}

func makeFolder(dir, leaves string, sizes []int64) error {
	data, err := os.ReadFile(leaves)
	if err != nil {
		return err
	}
	records, err := splitEntries(data)
	if err != nil {
		return err
	}
	m := &maker{dir: dir, records: records, signed: map[int64][]byte{}}
	if err := m.writeKeys(); err != nil {
		return err
	}
	before := int64(0)
	for _, size := range sizes {
		if err := m.grow(before, size); err != nil {
			return err
		}
		for _, old := range sizes {
			if err := m.writeExtension(old, size); err != nil {
				return err
			}
		}
		before = size
	}
	return m.write("checkpoint", m.signed[before])
}

func (m *maker) writeKeys() error {
	logKey := keyOf(logSeed)
	material := append([]byte{algorithmNote}, logKey.Seed()...)
	public := append([]byte{algorithmNote}, logKey.Public().(ed25519.PublicKey)...)
	hash := keyHash(origin, public)
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, hash, base64.StdEncoding.EncodeToString(material)))
	if err != nil {
		return err
	}
	cosign := newCosigning(keyOf(cosignerSeed))
	m.signers = []note.Signer{signer, cosign}
	logLine := fmt.Sprintf("%s+%08x+%s", origin, hash, base64.StdEncoding.EncodeToString(public))
	policy := fmt.Sprintf("log %s\nwitness %s %s\nquorum %s\n", logLine, cosignerAlias, cosign.line(), cosignerAlias)
	if err := m.write("policy", []byte(policy)); err != nil {
		return err
	}
	return m.write("keys", []byte(logLine+"\n"+cosign.line()+"\n"))
}

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string([]byte{seed}), ed25519.SeedSize)))
}

// cosigning is a note.Signer that cosigns at one time.
type cosigning struct {
	key      ed25519.PrivateKey
	material []byte
}

func newCosigning(key ed25519.PrivateKey) cosigning {
	return cosigning{key, append([]byte{algorithmCosignature}, key.Public().(ed25519.PublicKey)...)}
}

func (c cosigning) Name() string    { return cosignerName }
func (c cosigning) KeyHash() uint32 { return keyHash(cosignerName, c.material) }
func (c cosigning) Sign(msg []byte) ([]byte, error) {
	time := make([]byte, 8)
	binary.BigEndian.PutUint64(time, cosignedAt)
	return append(time, ed25519.Sign(c.key, cosigned(cosignedAt, msg))...), nil
}
func (c cosigning) line() string {
	return fmt.Sprintf("%s+%08x+%s", cosignerName, c.KeyHash(), base64.StdEncoding.EncodeToString(c.material))
}

// ReadHashes makes a maker the library's tlog.HashReader.
func (m *maker) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(m.stored)) {
			return nil, fmt.Errorf("no hash %d yet", index)
		}
		hashes[i] = m.stored[index]
	}
	return hashes, nil
}

// grow appends leaves, and writes tiles, entries, the checkpoint and proofs of the new size.
func (m *maker) grow(before, size int64) error {
	for n := before; n < size; n++ {
		hashes, err := tlog.StoredHashes(n, m.records[n], m)
		if err != nil {
			return err
		}
		m.stored = append(m.stored, hashes...)
	}
	for _, tile := range tilesOf(before, size) {
		if err := m.writeTile(tile); err != nil {
			return err
		}
	}
	root, err := treeHash(size, m)
	if err != nil {
		return err
	}
	text := checkpoint{origin, tlog.Tree{N: size, Hash: root}}.String()
	if m.signed[size], err = note.Sign(&note.Note{Text: text}, m.signers...); err != nil {
		return err
	}
	if err := m.write(fmt.Sprintf("checkpoints/%d", size), m.signed[size]); err != nil {
		return err
	}
	return m.writeProofs(size)
}

func (m *maker) writeTile(tile tlog.Tile) error {
	data, err := tlog.ReadTileData(tile, m)
	if err != nil {
		return err
	}
	if tile.L == 0 {
		start := tile.N << tileHeight
		if err := m.write(entriesPath(tile), joinEntries(m.records[start:start+int64(tile.W)])); err != nil {
			return err
		}
	}
	return m.write(tilePath(tile), data)
}

func (m *maker) writeProofs(size int64) error {
	for _, index := range []int64{0, size / 2, size - 1} {
		if index < 0 || index >= size {
			continue
		}
		hashes, err := tlog.ProveRecord(size, index, m)
		if err != nil {
			return err
		}
		data := formatProof(index, hashes, m.signed[size], leafWords...)
		if err := m.write(fmt.Sprintf("proofs/%d-%d.tlog-proof", size, index), data); err != nil {
			return err
		}
	}
	return nil
}

// writeExtension does so from sizes that the library proves anything about: from nothing there is nothing to prove.
func (m *maker) writeExtension(old, size int64) error {
	if old == 0 || old >= size {
		return nil
	}
	hashes, err := tlog.ProveTree(size, old, m)
	if err != nil {
		return err
	}
	return m.write(fmt.Sprintf("extensions/%d-%d", old, size), formatProof(old, hashes, m.signed[size], oldWords...))
}

func (m *maker) write(path string, data []byte) error {
	full := filepath.Join(m.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}
