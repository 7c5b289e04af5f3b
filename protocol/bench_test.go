package protocol_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// benchEntries returns n entries of about 600 bytes by 500 bodies.
func benchEntries(b *testing.B, n int) []*protocol.Entry {
	b.Helper()
	var all []*protocol.Entry
	for i := 0; len(all) < n; i++ {
		a := vectors.NewAuthor(fmt.Sprintf("bench %d", i%500), 0, nil)
		for range i / 500 {
			a.PublishN(1, 250)
		}
		all = append(all, a.PublishN(1, 250)...)
	}
	return all
}

func benchSigned(b *testing.B) []protocol.Signed {
	b.Helper()
	var batch []protocol.Signed
	for _, e := range benchEntries(b, 4*batchSize) {
		key := vectors.Secret(fmt.Sprintf("bench %d/signing/0", len(batch)%500))
		batch = append(batch, protocol.Signed{Key: key.Public(), Purpose: protocol.PurposeEntry, Message: e.Raw, Signature: e.Signature})
	}
	return batch
}

const batchSize = 256

func verifyBatch(b *testing.B, v *protocol.Verifier, batch []protocol.Signed) {
	for _, ok := range v.VerifyBatch(batch) {
		if !ok {
			b.Error("a good signature is refused")
			return
		}
	}
}

// BenchmarkVerifyBatch verifies signatures of 500 keys in batches of 256.
func BenchmarkVerifyBatch(b *testing.B) {
	signed := benchSigned(b)
	v := protocol.NewVerifier(1000)
	perEntry := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/entry")
	}
	b.Run("one core", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			verifyBatch(b, v, signed[i%4*batchSize:][:batchSize])
		}
		perEntry(b)
	})
	b.Run(fmt.Sprintf("%d cores", runtime.GOMAXPROCS(0)), func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				verifyBatch(b, v, signed[i%4*batchSize:][:batchSize])
			}
		})
		perEntry(b)
	})
	b.Run("alone", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if !v.Verify(signed[i%len(signed)]) {
				b.Fatal("a good signature is refused")
			}
		}
	})
}

// BenchmarkParseEntry decodes entries of about 600 bytes.
func BenchmarkParseEntry(b *testing.B) {
	frame := benchEntries(b, 1)[0].Encode()
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := protocol.ParseEntry(frame); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExtend adds an ordinary entry to a log of 1,000, without its
// signature.
func BenchmarkExtend(b *testing.B) {
	a := vectors.NewAuthor("bench", 0, nil)
	a.PublishN(1000, 1)
	chain := a.Chain
	e := a.PublishN(1, 250)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := chain.Extend(e, nil); err != nil {
			b.Fatal(err)
		}
	}
}
