// Package web is the node's public pages: rendered here, embedded in the
// program, and complete without a script or a request to anybody else.
//
// It reads no ledger: a page asks the public API, in this process, and so shows
// what anybody may ask, and hides what is hidden. Each page is a function of the
// request that returns a view; templates have the markup, text/en-GB.toml has the
// words, and static/folkmoot.css, which style/build makes, the look. Handlers are
// safe for concurrent use.
package web
