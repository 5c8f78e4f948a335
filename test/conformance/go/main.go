// Command go is what somebody else makes of our logs: Go's own sumdb/note and sumdb/tlog, which know nothing of Latchkey,
// open the notes, verify tiles and proofs, and refuse every change; and make a log of the same leaves for us to verify.
//
//	go check DIR            judges a folder; prints a row of JSON for each kind of file
//	go make DIR LEAVES SIZE…  writes a folder for a log that has these sizes one after the other
//
// A folder is what a log publishes (C2SP tlog-tiles), and beside it what was said of the log over time:
//
//	checkpoint, keys, policy, tile/…
//	checkpoints/SIZE                    each checkpoint that there was
//	proofs/SIZE-INDEX.tlog-proof        a leaf in the log of that size
//	extensions/OLD-NEW                  add-checkpoint requests: NEW extends OLD
//
// Built with GO111MODULE=off and GOPATH=/usr/share/gocode, where Debian's golang-golang-x-mod-dev lies.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// Row is what was judged of one kind of file.
type Row struct {
	What string `json:"what"`
	// Files that hold.
	Files int `json:"files"`
	// Changed files, all of which were refused.
	Refused int `json:"refused"`
	// What went wrong, if anything did.
	Problem string `json:"problem,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "check":
		return printRows(args[1])
	case len(args) > 3 && args[0] == "make":
		sizes, err := readSizes(args[3:])
		if err != nil {
			return err
		}
		return makeFolder(args[1], args[2], sizes)
	default:
		return fmt.Errorf("check DIR, or make DIR LEAVES SIZE…")
	}
}

func printRows(dir string) error {
	rows, err := checkFolder(dir)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(rows)
}

func readSizes(args []string) ([]int64, error) {
	sizes := make([]int64, len(args))
	for i, arg := range args {
		size, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, err
		}
		sizes[i] = size
	}
	return sizes, nil
}
