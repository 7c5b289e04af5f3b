package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// Disk is a mounted file system of a test.
type Disk struct {
	// Dir is where it is mounted.
	Dir string
	// image is the file that stands for the block device; empty for a tmpfs.
	image string
}

// Ext4 mounts an ext4 file system of a size in MiB, on a file.
func Ext4(t testing.TB, size int) *Disk {
	t.Helper()
	needRoot(t)
	d := &Disk{Dir: t.TempDir(), image: filepath.Join(t.TempDir(), "image")}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(int64(size)<<20), f.Close()); err != nil {
		t.Fatal(err)
	}
	// No block is kept for root, which the tests run as.
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", d.image).CombinedOutput(); err != nil {
		t.Skipf("no ext4 file system can be made here: %v: %s", err, out)
	}
	d.mount(t)
	return d
}

func (d *Disk) mount(t testing.TB) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.Dir).CombinedOutput(); err != nil {
		t.Skipf("no image can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { d.unmount(t) })
}

// Tmpfs mounts a tmpfs of a size in MiB.
func Tmpfs(t testing.TB, size int) *Disk {
	t.Helper()
	needRoot(t)
	d := &Disk{Dir: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.Dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", size)); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { d.unmount(t) })
	return d
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system")
	}
}

// unmount takes the file system away even if a process that was killed has not
// let go of it yet.
func (d *Disk) unmount(t testing.TB) {
	t.Helper()
	if err := syscall.Unmount(d.Dir, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) {
		t.Errorf("unmount %s: %v", d.Dir, err)
	}
}

// Free is how many bytes are free.
func (d *Disk) Free(t testing.TB) uint64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.Dir, &s); err != nil {
		t.Fatal(err)
	}
	return s.Bavail * uint64(s.Bsize)
}

const fillerName = "filler"

// Fill takes all blocks but the last few bytes of them, as another process would,
// and can be called again when some came free.
func (d *Disk) Fill(t testing.TB, leave uint64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.Dir, fillerName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // what is in it does not matter
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	end := info.Size()
	for step := int64(64 << 20); step >= 4096; {
		if free := d.Free(t); free < leave || free-leave < uint64(step) {
			step /= 2
			continue
		}
		switch err := syscall.Fallocate(int(f.Fd()), 0, end, step); {
		case err == nil:
			end += step
		case errors.Is(err, syscall.ENOSPC):
			step /= 2
		default:
			t.Fatal(err)
		}
	}
	if free := d.Free(t); free > leave+1<<20 {
		t.Fatalf("%d bytes are free still", free)
	}
}

// Drain gives back what Fill took.
func (d *Disk) Drain(t testing.TB) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.Dir, fillerName)); err != nil {
		t.Fatal(err)
	}
}

// The request that stops a file system at once, as it is, without writing what is
// in memory, not even its journal: FS_IOC_SHUTDOWN with the flag NOLOGFLUSH.
const (
	shutdownRequest = 0x8004587d
	noLogFlush      = 2
)

// Cut cuts the power: from now on nothing reaches the disk, and whoever writes
// gets an error.
func (d *Disk) Cut(t testing.TB) {
	t.Helper()
	f, err := os.Open(d.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only opened
	flag := uint32(noLogFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdownRequest, uintptr(unsafe.Pointer(&flag))); errno != 0 {
		t.Skipf("this kernel cannot stop a file system: %v", errno)
	}
}

// Copy copies the block device as it is and mounts the copy, whose journal the
// kernel replays, as after a power cut.
func (d *Disk) Copy(t testing.TB) *Disk {
	t.Helper()
	c := &Disk{Dir: t.TempDir(), image: filepath.Join(t.TempDir(), "image")}
	if out, err := exec.Command("cp", "--sparse=always", d.image, c.image).CombinedOutput(); err != nil {
		t.Fatalf("copy the image: %v: %s", err, out)
	}
	c.mount(t)
	return c
}
