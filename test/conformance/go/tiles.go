package main

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// Height, ReadTiles and SaveTiles make a checker the library's tlog.TileReader.
func (c *checker) Height() int                                { return tileHeight }
func (c *checker) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (c *checker) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = c.read(tilePath(tile)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// tilesOf lists the tiles of a tree that are no part of the one before.
func tilesOf(before, size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for _, tile := range tlog.NewTiles(tileHeight, before, size) {
		// The library counts partial tiles of every size in between.
		wide := size >> (tileHeight * uint(tile.L))
		if tile.W == 1<<tileHeight || int64(tile.W) == wide-tile.N<<tileHeight {
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

// eachTile calls for every tile, under the first checkpoint that has it.
func (c *checker) eachTile(do func(checkpoint, tlog.Tile) error) error {
	before := int64(0)
	seen := map[tlog.Tile]bool{}
	for _, at := range c.checkpoints {
		for _, tile := range tilesOf(before, at.tree.N) {
			if seen[tile] {
				continue
			}
			seen[tile] = true
			if err := do(at, tile); err != nil {
				return err
			}
		}
		before = at.tree.N
	}
	return nil
}

func (c *checker) checkTiles(row *Row) error {
	return c.eachTile(func(at checkpoint, tile tlog.Tile) error {
		path := tilePath(tile)
		data, err := c.read(path)
		if err != nil {
			return err
		}
		return c.holds(row, path, someBits(data), func() error {
			_, err := c.hashes(at, tile)
			return err
		})
	})
}

// hashes reads a tile by way of the library, which holds it against the root of the checkpoint. Where several subtrees of
// the root lie in one tile, Debian's version (0.7.0) takes as many full tiles unseen as it saved, so each is held against
// its parent here, and that against its own.
func (c *checker) hashes(at checkpoint, tile tlog.Tile) ([]byte, error) {
	reader := tlog.TileHashReader(at.tree, c)
	for child := tile; child.W == 1<<tileHeight; {
		index := tlog.StoredHashIndex(tileHeight*(child.L+1), child.N)
		parent := tlog.TileForIndex(tileHeight, index)
		if wide := at.tree.N>>(tileHeight*uint(parent.L)) - parent.N<<tileHeight; wide < 1<<tileHeight {
			parent.W = int(wide)
		} else {
			parent.W = 1 << tileHeight
		}
		if err := c.isChild(child, parent, index); err != nil {
			return nil, err
		}
		child = parent
	}
	return tlog.ReadTileData(tile, reader)
}

// isChild tells whether the root of a full tile is the hash that its parent has for it.
func (c *checker) isChild(tile, parent tlog.Tile, index int64) error {
	data, err := c.ReadTiles([]tlog.Tile{tile, parent})
	if err != nil {
		return err
	}
	below := tileHeight*(tile.L+1) - 1
	left, err := tlog.HashFromTile(tile, data[0], tlog.StoredHashIndex(below, 2*tile.N))
	if err != nil {
		return err
	}
	right, err := tlog.HashFromTile(tile, data[0], tlog.StoredHashIndex(below, 2*tile.N+1))
	if err != nil {
		return err
	}
	hash, err := tlog.HashFromTile(parent, data[1], index)
	if err == nil && hash != tlog.NodeHash(left, right) {
		err = fmt.Errorf("%s is not in its parent", tilePath(tile))
	}
	return err
}

func (c *checker) checkEntries(row *Row) error {
	return c.eachTile(func(at checkpoint, tile tlog.Tile) error {
		if tile.L != 0 {
			return nil
		}
		path := entriesPath(tile)
		data, err := c.read(path)
		if err != nil {
			return err
		}
		return c.holds(row, path, someBits(data), func() error { return c.judgeEntries(at, tile) })
	})
}

func (c *checker) judgeEntries(at checkpoint, tile tlog.Tile) error {
	data, err := c.read(entriesPath(tile))
	if err != nil {
		return err
	}
	records, err := splitEntries(data)
	if err != nil {
		return err
	}
	var made []byte
	for _, record := range records {
		hash := tlog.RecordHash(record)
		made = append(made, hash[:]...)
	}
	hashes, err := c.hashes(at, tile)
	if err == nil && !bytes.Equal(made, hashes) {
		err = errors.New("not the records of its tile")
	}
	return err
}
