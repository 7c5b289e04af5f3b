//go:build !linux

package api

import (
	"fmt"
	"net"
	"path/filepath"
)

// socketPath is the path of the socket in dir.
func socketPath(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, SocketName)
	if len(path) > maxSocketPath {
		return "", nil, fmt.Errorf("the data directory's path is too long for a socket: %s; use one of at most %d bytes", dir, maxSocketPath-len(SocketName)-1)
	}
	return path, func() {}, nil
}

// peerUser is not known here: the mode of the socket alone keeps others out.
func peerUser(*net.UnixConn) (uid int, known bool, err error) { return 0, false, nil }
