// Command folkmoot is the one program of folkmoot: it makes a body, runs its
// node, publishes its records, and reads and checks what others published.
//
// Every subcommand stands in the file of its name. Apart from `bench` and
// `demo` they are thin clients of the node's one API: through its Unix socket
// when a node runs on the data directory, in this process when none does.
//
// Results go to stdout, everything else to stderr. Only main exits; the codes
// stand in exit.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
