package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checker judges one folder.
type checker struct {
	dir  string
	keys []note.Verifier
	// Checkpoints that hold, smallest first.
	checkpoints []checkpoint
	// In place of what lies in the folder: the changed file.
	changed map[string][]byte
}

func checkFolder(dir string) ([]Row, error) {
	c := &checker{dir: dir, changed: map[string][]byte{}}
	checks := []struct {
		what string
		run  func(*Row) error
	}{
		{"verifier keys", c.checkKeys},
		{"checkpoints: signature and cosignatures", c.checkCheckpoints},
		{"hash tiles, under their checkpoint", c.checkTiles},
		{"entry bundles, under their tiles", c.checkEntries},
		{"inclusion proofs (tlog-proof)", c.checkProofs},
		{"consistency proofs (add-checkpoint)", c.checkExtensions},
	}
	rows := make([]Row, len(checks))
	for i, check := range checks {
		rows[i].What = check.what
		if err := check.run(&rows[i]); err != nil {
			rows[i].Problem = err.Error()
		}
	}
	return rows, nil
}

// holds counts a file that must be accepted as it lies there and refused once any of these bits is another.
func (c *checker) holds(row *Row, path string, bits []int, judge func() error) error {
	if err := judge(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	row.Files++
	data, err := c.read(path)
	if err != nil {
		return err
	}
	defer delete(c.changed, path)
	for _, bit := range bits {
		other := append([]byte(nil), data...)
		other[bit/8] ^= 1 << (bit % 8)
		c.changed[path] = other
		if judge() == nil {
			return fmt.Errorf("%s: taken with bit %d turned", path, bit)
		}
		row.Refused++
	}
	return nil
}

// everyBit is for the shortest texts, aBitOfEach byte for longer ones, someBits for what there is more of.
func everyBit(data []byte) []int {
	bits := make([]int, 8*len(data))
	for i := range bits {
		bits[i] = i
	}
	return bits
}

func aBitOfEach(data []byte) []int {
	bits := make([]int, len(data))
	for i := range bits {
		bits[i] = 8*i + i%8
	}
	return bits
}

func someBits(data []byte) []int {
	last := 8*len(data) - 1
	return []int{0, last / 3, last / 2, last}
}

func (c *checker) read(path string) ([]byte, error) {
	if data, ok := c.changed[path]; ok {
		return data, nil
	}
	return os.ReadFile(filepath.Join(c.dir, path))
}

func (c *checker) list(folder string) []string {
	entries, _ := os.ReadDir(filepath.Join(c.dir, folder))
	var paths []string
	for _, entry := range entries {
		paths = append(paths, folder+"/"+entry.Name())
	}
	return paths
}

func (c *checker) checkKeys(row *Row) error {
	data, err := c.read("keys")
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return err
		}
		c.keys = append(c.keys, key)
		row.Files++
		for _, bit := range everyBit([]byte(line)) {
			other := []byte(line)
			other[bit/8] ^= 1 << (bit % 8)
			if _, err := parseKey(string(other)); err == nil {
				return fmt.Errorf("a key is taken with bit %d turned", bit)
			}
			row.Refused++
		}
	}
	if len(c.keys) == 0 {
		return errors.New("no keys")
	}
	return nil
}

func (c *checker) checkCheckpoints(row *Row) error {
	for _, path := range append(c.list("checkpoints"), "checkpoint") {
		data, err := c.read(path)
		if err != nil {
			return err
		}
		judge := func() error {
			data, err := c.read(path)
			if err != nil {
				return err
			}
			_, err = openCheckpoint(data, c.keys)
			return err
		}
		if err := c.holds(row, path, everyBit(data), judge); err != nil {
			return err
		}
		opened, err := openCheckpoint(data, c.keys)
		if err != nil {
			return err
		}
		c.checkpoints = append(c.checkpoints, opened)
	}
	sort.Slice(c.checkpoints, func(i, j int) bool { return c.checkpoints[i].tree.N < c.checkpoints[j].tree.N })
	return nil
}

// at finds the checkpoint of a size.
func (c *checker) at(size int64) (checkpoint, error) {
	for _, one := range c.checkpoints {
		if one.tree.N == size {
			return one, nil
		}
	}
	return checkpoint{}, fmt.Errorf("no checkpoint of %d", size)
}

func (c *checker) checkProofs(row *Row) error {
	for _, path := range c.list("proofs") {
		data, err := c.read(path)
		if err != nil {
			return err
		}
		var size, index int64
		if _, err := fmt.Sscanf(filepath.Base(path), "%d-%d.tlog-proof", &size, &index); err != nil {
			return err
		}
		if err := c.holds(row, path, aBitOfEach(data), func() error { return c.judgeProof(path, size, index) }); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) judgeProof(path string, size, index int64) error {
	data, err := c.read(path)
	if err != nil {
		return err
	}
	read, err := parseProof(data, leafWords...)
	if err != nil {
		return err
	}
	signed, err := openCheckpoint(read.rest, c.keys)
	if err != nil {
		return err
	}
	if signed.tree.N != size || read.number != index {
		return errors.New("of another leaf or size")
	}
	reader := tlog.TileHashReader(signed.tree, c)
	leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(read.hashes, size, signed.tree.Hash, index, leaf[0]); err != nil {
		return err
	}
	made, err := tlog.ProveRecord(size, index, reader)
	if err != nil {
		return err
	}
	return same(read.hashes, made)
}

// same holds a proof against the one that the library makes from the same tiles.
func same(ours, theirs []tlog.Hash) error {
	if len(ours) != len(theirs) {
		return errors.New("the library proves it otherwise")
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			return errors.New("the library proves it otherwise")
		}
	}
	return nil
}

func (c *checker) checkExtensions(row *Row) error {
	for _, path := range c.list("extensions") {
		data, err := c.read(path)
		if err != nil {
			return err
		}
		var oldSize, size int64
		if _, err := fmt.Sscanf(filepath.Base(path), "%d-%d", &oldSize, &size); err != nil {
			return err
		}
		if err := c.holds(row, path, aBitOfEach(data), func() error { return c.judgeExtension(path, oldSize, size) }); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) judgeExtension(path string, oldSize, size int64) error {
	data, err := c.read(path)
	if err != nil {
		return err
	}
	read, err := parseProof(data, oldWords...)
	if err != nil {
		return err
	}
	signed, err := openCheckpoint(read.rest, c.keys)
	if err != nil {
		return err
	}
	if signed.tree.N != size || read.number != oldSize {
		return errors.New("of other sizes")
	}
	old, err := c.at(oldSize)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(read.hashes, size, signed.tree.Hash, oldSize, old.tree.Hash); err != nil {
		return err
	}
	made, err := tlog.ProveTree(size, oldSize, tlog.TileHashReader(signed.tree, c))
	if err != nil {
		return err
	}
	return same(read.hashes, made)
}
