package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// SocketName is the file of the local API's Unix socket in the data directory.
const SocketName = "folkmoot.sock"

// maxSocketPath is the longest path that a Unix socket address holds everywhere.
const maxSocketPath = 100

// ListenSocket listens on the socket of a data directory, which the caller must
// hold the lock of: a socket that a crash left behind is replaced. Only the
// owner of the process can connect, by the mode of the file and, where the
// system tells, by the identity of who calls. Closing the listener removes it.
func ListenSocket(ctx context.Context, dir string) (net.Listener, error) {
	path, done, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	// The directory is its owner's alone, so nobody else can come between the
	// making of the socket and its change of mode.
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", filepath.Join(dir, SocketName), err)
	}
	u, ok := l.(*net.UnixListener)
	if !ok {
		return nil, fmt.Errorf("listen on %s: not a Unix socket", path)
	}
	u.SetUnlinkOnClose(false)
	real := filepath.Join(dir, SocketName)
	if err := os.Chmod(real, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("restrict %s: %w", real, err), l.Close())
	}
	return &ownerListener{UnixListener: u, path: real}, nil
}

// ownerListener drops connections of other users.
type ownerListener struct {
	*net.UnixListener
	path string
}

// Accept returns the next connection of the owner.
func (l *ownerListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, known, err := peerUser(conn)
		if err == nil && (!known || uid == os.Geteuid() || uid == 0) {
			return conn, nil
		}
		// There is nobody to tell who has the right to know.
		_ = conn.Close()
	}
}

// Close closes the listener and removes the socket.
func (l *ownerListener) Close() error {
	err := l.UnixListener.Close()
	if rerr := os.Remove(l.path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}

// dialSocket connects to the node that runs on dir, or returns ErrOffline.
func dialSocket(ctx context.Context, dir string) (net.Conn, error) {
	path, done, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w on %s", ErrOffline, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the node on %s: %w", dir, err)
	}
	return conn, nil
}
