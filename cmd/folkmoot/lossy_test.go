package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// lossyMain passes UDP packets on, late and not all of them, until it is killed:
//
//	lossy LISTEN TARGET DELAY PERCENT
func lossyMain(args []string) int {
	if err := relayLossy(args[0], args[1], args[2], args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "lossy:", err)
		return 1
	}
	return 0
}

// lossy is a line between a listening socket and a target.
type lossy struct {
	front net.PacketConn
	delay time.Duration
	loss  float64

	mu sync.Mutex
	// back holds the socket towards the target for each address that sends here.
	back map[string]net.Conn
}

func relayLossy(listen, target, delay, percent string) error {
	wait, err := time.ParseDuration(delay)
	if err != nil {
		return err
	}
	share, err := strconv.ParseFloat(percent, 64)
	if err != nil {
		return err
	}
	front, err := net.ListenPacket("udp", listen)
	if err != nil {
		return err
	}
	l := &lossy{front: front, delay: wait, loss: share / 100, back: make(map[string]net.Conn)}
	for {
		b := make([]byte, 2048)
		n, from, err := front.ReadFrom(b)
		if err != nil {
			return err
		}
		to, err := l.towards(target, from)
		if err != nil {
			return err
		}
		l.late(func() { _, _ = to.Write(b[:n]) }) // what does not arrive is lost
	}
}

// towards is the socket by which the target knows an address.
func (l *lossy) towards(target string, from net.Addr) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.back[from.String()]; c != nil {
		return c, nil
	}
	c, err := net.Dial("udp", target)
	if err != nil {
		return nil, err
	}
	l.back[from.String()] = c
	go func() {
		for {
			b := make([]byte, 2048)
			n, err := c.Read(b)
			if err != nil {
				continue // the target is not there yet, or not any more
			}
			l.late(func() { _, _ = l.front.WriteTo(b[:n], from) })
		}
	}()
	return c, nil
}

func (l *lossy) late(pass func()) {
	if rand.Float64() >= l.loss {
		time.AfterFunc(l.delay, pass)
	}
}
