package ledger

// Unsynced returns cfg without waiting for the disk.
func Unsynced(cfg Config) Config {
	cfg.unsynced = true
	return cfg
}

// BallastSize is how much the ballast takes, and BallastName its file.
const (
	BallastSize = ballastSize
	BallastName = ballastName
)

// ForgetTips has l read the next chain from the store, as that of one body among
// very many.
func ForgetTips(l *Ledger) { l.tips.Purge() }
