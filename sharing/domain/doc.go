// Package domain proves that whoever answers for a domain on the web knows of a
// body: the domain names the body by its identifier, in a file or in the DNS.
//
// # What a webmaster publishes
//
// Either the file https://DOMAIN/.well-known/folkmoot (or the same at
// www.DOMAIN), as text in UTF-8 of up to 64 KiB, with a line for each body:
//
//	# who speaks for Leeds in the folkmoot
//	body bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy
//
// or a TXT record of the name _folkmoot.DOMAIN for each:
//
//	_folkmoot.leeds.gov.uk. TXT "body=bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
//
// In the file, what follows a # is a comment, and a line that begins with another
// word is passed over, so that the format can grow. A web page (text/html) is no
// such file. The domain of a website is the host of its https address without a
// leading "www."; redirects are followed to www.DOMAIN and back, and nowhere else.
//
// # What it proves
//
// A [Checker] asks both ways. A [State] keeps what each said when it last
// answered: that counts for [Lapse], and an answer that does not name a body any
// more ends its proof at once. A website that is asked in vain is asked again
// after an hour, and then ever more rarely, down to once a day; one that answers,
// once a week.
//
// The package starts no goroutine and reads no clock: the time is an argument. A
// Checker is safe for concurrent use, a State is not.
package domain
