// Package node is one running folkmoot: it wires a data directory, the ledger,
// its catalogue, the network and the HTTP interfaces together, and owns every
// goroutine of the process.
//
// [Init] makes a body, [New] opens a node, [Node.Run] runs it until its context
// ends, [Node.Close] closes it. [NewOffline] opens the ledger and the catalogue
// alone, for commands that run while no node does. A node without a body is an
// observer: it holds and serves what others publish, and authors nothing.
//
// What is published is reviewed first: findings, counts that are left out, and
// passages that somebody must confirm; drafts and confirmations lie in the
// casebook. What follows from the ledger is judged as seen from the node's roots
// of trust: those that are configured, its own body, and whoever invited it.
//
// A body must not contradict itself: before anything is signed the node makes sure
// that its log is not longer elsewhere, that nobody else signs for the body, and
// that its clock is not far from those of its peers. [Node.Backup], [Restore] and
// [VerifyBackup] keep what is in a data directory.
//
// A Node is safe for concurrent use. It starts goroutines in Run and nowhere
// else. What records mean is the business of package record, how they are
// stored of package ledger, how they are shared of package sharing.
package node
