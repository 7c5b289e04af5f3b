package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/node/api"
)

// moot is a data directory on which the real program is run.
type moot struct {
	t    *testing.T
	data string
	// floor is the disk_floor that is set.
	floor string
}

func (m moot) command(args ...string) *exec.Cmd {
	cmd := exec.Command("folkmoot", append([]string{"--data", m.data}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+filepath.Dir(m.data), "FOLKMOOT_LISTEN=127.0.0.1:0", "FOLKMOOT_P2P_LISTEN=/ip4/127.0.0.1/tcp/0",
		"FOLKMOOT_PULL_INTERVAL=1s", "FOLKMOOT_LOG_LEVEL=error", "FOLKMOOT_DISK_FLOOR="+m.floor)
	return cmd
}

// run runs the program to its end, wants an exit code, and returns its stdout.
func (m moot) run(code int, args ...string) string {
	m.t.Helper()
	cmd := m.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Fatalf("%s ended with %d, want %d: %v\n%s", strings.Join(args, " "), got, code, err, stderr.String())
	}
	return stdout.String()
}

// serving is a node that runs.
type serving struct {
	cmd    *exec.Cmd
	client *api.Client
	stderr *bytes.Buffer
	// ready is how long it took until it answered.
	ready time.Duration
}

func (m moot) serve() *serving {
	m.t.Helper()
	s := &serving{cmd: m.command("serve"), stderr: new(bytes.Buffer)}
	s.cmd.Stderr = s.stderr
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		var err error
		if s.client, err = api.Dial(m.data); err == nil {
			s.ready = time.Since(start)
			return s
		}
		if time.Since(start) > patience {
			m.t.Fatalf("the node does not answer: %v\n%s", err, s.stderr.String())
		}
	}
}

// kill ends it as no signal handler can notice.
func (s *serving) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = s.client.Close()
}

// stop ends it in order.
func (s *serving) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(s.cmd.Process.Signal(syscall.SIGTERM), s.cmd.Wait(), s.client.Close()); err != nil {
		t.Fatalf("stop: %v\n%s", err, s.stderr.String())
	}
}

func (s *serving) publish(i int) (string, error) {
	p, err := s.client.Publish(context.Background(), challenge(i), false)
	if err != nil {
		return "", err
	}
	return p.Entry.ID.String(), nil
}

func challenge(i int) []byte {
	return fmt.Appendf(nil, `{"kind": "challenge", "title": "Challenge %d (example)", "lang": "en", "licence": "CC-BY-4.0",
		"signed_as": "clerk", "raised_by": "community", "question": %q}`, i, strings.Repeat("The path is to be mended. ", 1+i%200))
}

// holds wants each identifier in the log once.
func (m moot) holds(ids []string) {
	m.t.Helper()
	log := m.run(0, "log", "--json")
	for _, id := range ids {
		if n := strings.Count(log, fmt.Sprintf("%q", id)); n != 1 {
			m.t.Fatalf("%s, which was acknowledged, is there %d times", id, n)
		}
	}
}

// TestNodeOnAFullDisk fills the disk under a node that runs: what would write is
// refused with HTTP 507 and exit code 13, reading goes on, the node goes on
// running, stops and starts, and publishes again when there is space.
func TestNodeOnAFullDisk(t *testing.T) {
	for name, make := range map[string]func(testing.TB, int) *faults.Disk{"ext4": faults.Ext4, "tmpfs": faults.Tmpfs} {
		t.Run(name, func(t *testing.T) {
			disk := make(t, 320)
			m := moot{t: t, data: filepath.Join(disk.Dir, "data"), floor: "16 MiB"}
			record := filepath.Join(t.TempDir(), "record.json")
			if err := os.WriteFile(record, challenge(1), 0o600); err != nil {
				t.Fatal(err)
			}
			m.run(0, "init", "--name", "Council (example)", "--role", "council")
			n := m.serve()
			var acked []string
			for range faults.Times(2, 20) {
				for i := range 30 {
					id, err := n.publish(i)
					if err != nil {
						t.Fatal(err)
					}
					acked = append(acked, id)
				}
				disk.Fill(t, 0)
				_, err := n.publish(0)
				var p *api.Problem
				if !errors.As(err, &p) || p.Status != http.StatusInsufficientStorage || p.Code != api.CodeDiskFloor {
					t.Fatalf("publish on a full disk: %v", err)
				}
				m.refusesAndReads(disk, record)
				m.stopsOnFullDisk(disk, n)
				disk.Fill(t, 0)
				m.run(exitDiskFloor, "publish", record)
				m.run(exitDiskFloor, "serve")
				disk.Drain(t)
				n = m.serve()
				id, err := n.publish(0)
				if err != nil {
					t.Fatal(err)
				}
				acked = append(acked, id)
				m.run(0, "draft", "create", "challenge")
				m.holds(acked)
			}
			m.run(0, "verify")
			n.stop(t)
		})
	}
}

// refusesAndReads runs commands against a node whose disk is full.
func (m moot) refusesAndReads(disk *faults.Disk, record string) {
	m.t.Helper()
	m.run(exitDiskFloor, "publish", record)
	m.refuses(disk, "draft", "create", "challenge")
	m.refuses(disk, "export", "-o", filepath.Join(m.data, "..", "ledger.jsonl"))
	second := m
	second.data = filepath.Join(m.data, "..", "second")
	second.refuses(disk, "init", "--name", "Forum (example)", "--role", "community_body")
	for _, read := range [][]string{{"status"}, {"bodies"}, {"log"}, {"log", "--json"}, {"verify"}, {"export"}, {"owed"}, {"draft", "list"}} {
		m.run(0, read...)
	}
}

// stopsOnFullDisk stops a node in order, and reads what it left. When the node gave
// its ballast up before and others took that too, neither can be done until there
// is space; it says so.
func (m moot) stopsOnFullDisk(disk *faults.Disk, n *serving) {
	m.t.Helper()
	lacking := func() bool {
		_, err := os.Stat(filepath.Join(m.data, "ledger", "BALLAST"))
		return errors.Is(err, fs.ErrNotExist) && disk.Free(m.t) < 32<<20
	}
	lacked := lacking()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Fatal(err)
	}
	_ = errors.Join(n.cmd.Wait(), n.client.Close()) // its exit code counts
	// What the node lets go of as it ends may be enough all the same.
	if got := n.cmd.ProcessState.ExitCode(); got != exitDone && (got != exitDiskFloor || !lacked) {
		m.t.Fatalf("the node ended with %d\n%s", got, n.stderr.String())
	}
	want := exitDone
	if lacking() {
		want = exitDiskFloor
	}
	m.run(want, "log")
}

// refuses wants a command that writes beside the ledger to be refused. The node may
// have given its ballast up just before it, once.
func (m moot) refuses(disk *faults.Disk, args ...string) {
	m.t.Helper()
	for range 2 {
		disk.Fill(m.t, 0)
		cmd := m.command(args...)
		_ = cmd.Run() // its exit code counts
		if cmd.ProcessState.ExitCode() == exitDiskFloor {
			return
		}
	}
	m.t.Fatalf("%s did not end with %d", strings.Join(args, " "), exitDiskFloor)
}

// TestNodeKilled kills the node at random moments while it publishes, stops, backs
// up, and catches up with another, each time on what was left.
func TestNodeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	r := rand.New(rand.NewPCG(4, 8))
	a := moot{t: t, data: filepath.Join(t.TempDir(), "a"), floor: "16 MiB"}
	b := moot{t: t, data: filepath.Join(t.TempDir(), "b"), floor: "16 MiB"}
	a.run(0, "init", "--name", "Council (example)", "--role", "council")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	acked := publishMany(a, 400)
	whole := 0
	var slowest time.Duration
	for i := range faults.Times(80, 200) {
		n := a.serve()
		slowest = max(slowest, n.ready)
		switch i % 4 {
		case 0, 1:
			acked = append(acked, publishAndKill(n, r)...)
			if i%4 == 1 {
				continue
			}
			a.holds(acked)
		case 2:
			more, done := backUpAndKill(a, n, r, key, len(acked))
			acked = append(acked, more...)
			if done {
				whole++
			}
		case 3:
			slowest = max(slowest, joinAndKill(t, n, b, r))
		}
	}
	n := a.serve()
	other := b.serve()
	link, err := n.client.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := other.client.Join(t.Context(), link.Link); err != nil {
		t.Fatal(err)
	}
	want := a.run(0, "export")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); b.run(0, "export") != want; <-tick.C {
		if time.Since(start) > patience {
			t.Fatal("the nodes do not hold the same")
		}
	}
	a.holds(acked)
	b.holds(acked)
	for _, m := range []moot{a, b} {
		m.run(0, "verify")
	}
	n.stop(t)
	other.stop(t)
	t.Logf("%d acknowledged entries, none lost or twice, %d backups whole; the slowest start took %s", len(acked), whole, slowest)
	if slowest > 20*time.Second {
		t.Errorf("a start took %s", slowest)
	}
}

// publishMany publishes long records, and returns what was acknowledged.
func publishMany(m moot, many int) (acked []string) {
	m.t.Helper()
	n := m.serve()
	defer n.kill()
	for range many {
		id, err := n.publish(199)
		if err != nil {
			m.t.Fatal(err)
		}
		acked = append(acked, id)
	}
	return acked
}

// publishAndKill publishes, kills the node after a random time, perhaps while it
// stops, and returns what was acknowledged.
func publishAndKill(n *serving, r *rand.Rand) []string {
	after := time.Duration(r.IntN(60)) * time.Millisecond
	timer := time.AfterFunc(after, func() {
		if r := after % 3; r == 0 {
			_ = n.cmd.Process.Signal(syscall.SIGTERM)
		} else {
			_ = n.cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	var acked []string
	for i := 0; ; i++ {
		id, err := n.publish(i)
		if err != nil {
			n.kill()
			return acked
		}
		acked = append(acked, id)
	}
}

// backUpAndKill publishes and backs up at the same time, kills the node or the
// command that writes the backup after a random time, and returns what was
// acknowledged and whether the backup was made. One that has its name by then is
// whole and has at least the entries from before.
func backUpAndKill(m moot, n *serving, r *rand.Rand, key *age.X25519Identity, before int) (acked []string, made bool) {
	m.t.Helper()
	left, err := filepath.Glob(filepath.Join(m.data, ".backup-*"))
	if err != nil || len(left) > 0 {
		m.t.Fatalf("the node left %v of an earlier backup: %v", left, err)
	}
	dir := m.t.TempDir()
	file, identity := filepath.Join(dir, "today.age"), filepath.Join(dir, "key")
	if err := os.WriteFile(identity, []byte(key.String()+"\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan struct{})
	if r.IntN(3) == 0 {
		backup := m.command("backup", file, "--recipient", key.Recipient().String())
		timer := time.AfterFunc(time.Duration(r.IntN(200))*time.Millisecond, func() { _ = backup.Process.Kill() })
		defer timer.Stop()
		if err := backup.Start(); err != nil {
			m.t.Fatal(err)
		}
		go func() {
			defer close(ended)
			_ = backup.Wait() // it may have been killed
		}()
	} else {
		go func() {
			defer close(ended)
			_, _ = writeWhole(file, 0o600, func(w io.Writer) error { // the node may have been killed
				sealed, err := age.Encrypt(slowly{w}, key.Recipient())
				if err != nil {
					return err
				}
				return errors.Join(n.client.Backup(context.Background(), sealed, false), sealed.Close())
			})
		}()
	}
	acked = publishAndKill(n, r)
	<-ended
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return acked, false
	}
	var verified struct{ Report api.VerifyReport }
	if err := json.Unmarshal([]byte(m.run(0, "backup", "verify", file, "--identity", identity, "--json")), &verified); err != nil {
		m.t.Fatal(err)
	}
	if verified.Report.Entries < uint64(before) {
		m.t.Fatalf("the backup has %d entries, %d were acknowledged before", verified.Report.Entries, before)
	}
	return acked, true
}

// slowly takes its time for each write, as a disk far away does.
type slowly struct{ io.Writer }

// Write implements [io.Writer].
func (s slowly) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Writer.Write(b)
}

// joinAndKill lets b catch up with n, kills it while it does, and then n. It
// returns how long b took to start.
func joinAndKill(t *testing.T, n *serving, b moot, r *rand.Rand) time.Duration {
	t.Helper()
	defer n.kill()
	link, err := n.client.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := b.serve()
	time.AfterFunc(time.Duration(r.IntN(80))*time.Millisecond, func() { _ = other.cmd.Process.Kill() })
	// Whether it connected before its end is left to chance.
	_ = other.client.Join(t.Context(), link.Link)
	_ = other.cmd.Wait()
	_ = other.client.Close()
	return other.ready
}
