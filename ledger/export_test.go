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
