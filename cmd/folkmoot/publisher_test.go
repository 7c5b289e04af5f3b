package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

// publisherMain publishes through the node that runs on a data directory until
// the node does not answer any more, and writes the identifier of each entry
// that was acknowledged to a file:
//
//	publisher DATA FILE
func publisherMain(args []string) int {
	if err := publishOn(args[0], args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "publisher:", err)
		return 1
	}
	return 0
}

func publishOn(data, file string) error {
	client, err := api.Dial(data)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		record := fmt.Sprintf(`{"kind": "challenge", "title": "Challenge %d (example)", "lang": "en", "licence": "CC-BY-4.0",
			"signed_as": "clerk", "raised_by": "community", "question": %q}`, i, strings.Repeat("The path is to be mended. ", 1+i%200))
		p, err := client.Publish(context.Background(), []byte(record), false)
		if err != nil {
			// The node was killed: that is how this ends.
			return f.Close()
		}
		if _, err := fmt.Fprintln(f, p.Entry.ID); err != nil {
			return err
		}
	}
}
