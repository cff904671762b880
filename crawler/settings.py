"""The one list of components and limits, each with its reason (docs/settings.md)."""

from __future__ import annotations

from crawler import __version__

BOT_NAME = "newsreel"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
COMMANDS_MODULE = "crawler.commands"
# Add an address where a site's people can reach you, e.g. "… (+https://you.example/crawl)".
USER_AGENT = f"Newsreel/{__version__}"

# Everything that is written lies below this folder.
ARCHIVES_DIR = "archives"
# {ordinal}, {key}, {source}, {year}, {month}, {day}; an absolute path leaves ARCHIVES_DIR.
CORPUS_PATH = "text/{ordinal:03d}_{key}.txt"
# The ledger, e.g. sqlite:/data/ledger.sqlite; empty: ledger.sqlite in ARCHIVES_DIR.
STATE_URI = ""
# record: keep every exchange; replay: answer from an archive, offline; off: keep none.
ARCHIVE_MODE = "record"
# What is replayed: WARC, WACZ and CDXJ files, folders, globs; empty: the archive in ARCHIVES_DIR.
REPLAY_FROM: list[str] = []
# The captures closest to this date, e.g. 2026-11-22T10:00:00Z; empty: each run in its own order.
REPLAY_AT = ""
# The id of the run that is replayed (isPartOf of its WARC files); empty: the first one.
REPLAY_RUN = ""
# isal-0 to isal-3, zlib-0 to zlib-9. isal-2 is ten times as fast as zlib-6 and a sixth larger.
ARCHIVE_GZIP = "isal-2"
# Bytes and seconds after which a WARC file is closed and the next one opened.
ARCHIVE_FILE_SIZE = 10**9
ARCHIVE_FILE_AGE = 24 * 3600
# Exchanges, or seconds, after which what was written is committed (fsync, ledger).
ARCHIVE_COMMIT_GROUP = 500
ARCHIVE_COMMIT_INTERVAL = 1.0
# Where sealed WARC files go up, s3://bucket/prefix; empty: nowhere.
ARCHIVE_UPLOAD = ""
# Seconds that the end of a process waits for that; what is left goes up at the next start.
ARCHIVE_UPLOAD_WAIT = 600.0
# How long uploaded WARC files stay on this machine, such as 7d; empty: for ever.
ARCHIVE_KEEP_LOCAL = ""
# Processes that read foreign archives (the warc spider); 0: one for each core.
WARC_WORKERS = 0
# CPU seconds that one page may take; the process that reads it is ended then. 0: no limit.
WARC_PAGE_TIMEOUT = 20.0
# Seconds after which bookmarks are written to the ledger: how far the files were read.
WARC_BOOKMARK_INTERVAL = 2.0
# Your own file of sources, on top of the services that Newsreel knows (docs/sources.md); empty:
# sources.toml beside scrapy.cfg, if there is one.
SOURCES_FILE = ""
# The entry of it whose credentials a crawl uses, and no others (a round says whose); empty: those
# of the entry for the site, else WORDPRESS_USER and WORDPRESS_APP_PASSWORD in the environment.
CREDENTIALS_OF = ""
# Pages of a list of posts that the site does not count: a list that never ends is given up.
WORDPRESS_MAX_PAGES = 10_000
# Seconds after which the whole list of a site is read again; runs between ask for what is new and
# was changed. 0: each run reads it whole.
WORDPRESS_WALK_EVERY = 0
# Pages of one feed or section front that are followed into the past.
WIRE_MAX_PAGES = 200
# Pages of one story that are joined; one that has more is named as incomplete.
WIRE_MAX_STORY_PAGES = 20
# CPU seconds that reading one page may take; the process that reads it is ended then.
WIRE_PAGE_TIMEOUT = 20.0
# The same for a feed, sitemap or section front: a sitemap may have 50,000 addresses.
WIRE_LINK_PAGE_TIMEOUT = 60.0
# Bytes of a feed or sitemap, unpacked: the Sitemaps protocol allows 50 MB.
WIRE_LINK_PAGE_MAXSIZE = 64 * 1024 * 1024
# The share of a site's held posts that may be gone at once; if more are, the site is doubted.
WORDPRESS_MOST_GONE = 0.05
# Drop copies of articles that are held; off: they are kept, and copy_of names the earliest.
DEDUP_SYNDICATED = False
# drop | keep: texts of which there is evidence that they are not the whole story; kept, they are
# marked, and give way to the whole text.
INCOMPLETE = "drop"
# Captions are no part of the story's own text.
CLEAN_CAPTIONS = False
# Networks that may be reached although they are private, e.g. ["127.0.0.0/8"].
ADDRESS_GUARD_ALLOW: list[str] = []
# Spare the garbage collector what is loaded at the start: about a tenth of a crawl's time.
COLLECTOR_FREEZE = True
COLLECTOR_THRESHOLD = 10_000
# Seconds between two progress lines.
PROGRESS_INTERVAL = 5.0
# Sources that a round reads at once, and the seconds that one run may take before it gives way to
# others and goes on in the next round; 0: as long as it needs.
ROUND_CONCURRENCY = 16
ROUND_SLICE = 600.0
# Seconds after which a worker that is not heard of is taken for dead, and others read its sources;
# with a ledger in PostgreSQL other processes too.
WORKER_TIMEOUT = 30.0
# Write a report of a run that brought nothing new and missed nothing; rounds write none of those.
REPORT_IDLE_RUNS = True

ADDONS = {"crawler.addon.ArchiveAddon": 100}
EXTENSIONS = {
    "crawler.extensions.redacted_log.RedactedLogExtension": 0,
    # First, so that the report is written before the lock lets the next run begin.
    "crawler.extensions.report.ReportExtension": 1,
    "crawler.extensions.archive_lock.ArchiveLockExtension": 2,
    "crawler.extensions.merge.MergeExtension": 3,
    "crawler.extensions.ledger.LedgerExtension": 4,
    "crawler.extensions.archive.ArchiveExtension": 5,
    "crawler.extensions.restore.RestoreFilesExtension": 6,
    "crawler.extensions.progress.ProgressExtension": 7,
    "crawler.extensions.collector.GarbageCollectorExtension": 8,
    "crawler.extensions.robots_rules.RobotsExtension": 9,
    "crawler.extensions.asked_waits.AskedWaitsExtension": 10,
}
ITEM_PIPELINES = {
    "pipelines.validate.ValidatePipeline": 100,
    "pipelines.clean.CleanPipeline": 200,
    "pipelines.dedup.DedupPipeline": 300,
    "pipelines.archive.ArchivePipeline": 400,
    "pipelines.textfile.TextFilePipeline": 500,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.handlers.lost_requests.FailedRequests": 1,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.handlers.robots_middleware.RobotsMiddleware": 100,
    # Requests are counted first (850), those that are not sent for a busy host's sake too.
    "crawler.handlers.retry_after.RetryAfterMiddleware": 860,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.handlers.redirect.SiteRedirectMiddleware": 600,
    # Before the decompression (590): the archive holds answers as they came.
    "crawler.handlers.conditional.ConditionalMiddleware": 595,
    # Behind the decompression, which answers pass first.
    "crawler.handlers.charset_middleware.CharsetMiddleware": 585,
}
# Each failure is named in the report, which is the one line that says what to do.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
SPIDER_MIDDLEWARES = {
    "crawler.extensions.asked_hosts.AskedHostsMiddleware": 50,
    "pipelines.origin.OriginMiddleware": 100,
    # Asked before Scrapy's own for such answers (50).
    "crawler.handlers.lost_requests.RefusedAnswers": 101,
}
# Scrapy drops longer requests without any error; redirects have a limit of their own.
URLLENGTH_LIMIT = 0
# No file, ftp, data and s3: a site must not lead us to anything but web addresses.
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
# Looks at the address that is really connected to, whatever name led there.
TWISTED_DNS_RESOLVER = "crawler.handlers.address_guard.GuardedResolver"

# Polite by default: news sites are small machines.
DOWNLOADER = "crawler.handlers.downloader.StrictDownloader"
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 2
DOWNLOAD_DELAY = 0.25
# A crawl waits until no other run of the archive asks its hosts; rounds see to that themselves.
ASKED_HOSTS_WAIT = True
# Seconds between two requests that a robots.txt may ask for (Crawl-delay).
CRAWL_DELAY_MAX = 30.0
# Seconds that a busy host may ask us to wait (Retry-After); 0: it is asked again at once.
RETRY_AFTER_MAX = 120.0
# An archive that is to prove something, and passwords, need the site and nobody in between.
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 60
# Seconds that a run has to finish what is under way when a signal ends it.
SHUTDOWN_GRACE = 15.0
# The address is a secret: the name of its environment variable, never the address itself.
HEALTH_NOTIFY = ""
# Behind a real server `browse` has two names, one for the pages and one for the captures, whose
# scripts must not read the pages: https://corpus.example.org. Empty: loopback alone.
BROWSE_URL = ""
BROWSE_REPLAY_URL = ""
# The folder of ReplayWeb.page; empty: .cache/replaywebpage beside scrapy.cfg, from `make browse`.
BROWSE_VIEWER = ""
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 16 * 1024 * 1024
# Circles end in their second round, chains that never meet themselves after these.
REDIRECT_MAX_TIMES = 10
# A site that needs cookies gets them from the redirects' middleware, in memory.
# At the first cookie Scrapy would fetch the public suffix list behind the archive's back.
COOKIES_ENABLED = False
# A page that refreshes itself elsewhere is no redirect that an archive should follow.
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# What a feed (-O articles.jsonl) holds of an article: the clean text, not the markup.
FEED_EXPORT_FIELDS = [
    "source", "guid", "date", "date_gmt", "modified", "modified_gmt", "url", "title", "text",
    "authors", "categories", "tags", "language", "dateline", "agency", "syndicated_from",
    "text_incomplete", "copy_of", "key", "file",
]  # fmt: skip
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.extensions.logformatter.ShortLogFormatter"
