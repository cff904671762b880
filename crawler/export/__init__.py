"""The corpus out: what is held of each article as a row, from the ledger or from WARC files alone.

Pure functions, which a cluster can run (`events` are plain data and can be pickled):

- `warc_rows.rows(warc)` yields what each record of a WARC file says, as `row_events.RowEvent`;
- `row_groups.linked_keys(event)` and `row_groups.groups(pairs)` say which articles have to be
  folded together, because one got the identity of another;
- `fold.fold(events)` keeps the newest text of each article: a `fold.FoldedArticle`, by the rule of
  `crawler.archive.holding_texts`;
- `article_rows.article_row(folded)` and `article_rows.history_rows(folded)` make an
  `article_row.ArticleRow` of it, whose columns `row_columns.COLUMNS` describes.

An engine (`warc_engine.WarcEngine`) runs them over many files: `packed_events.read_file` reads one,
`made_articles.made_articles` makes the articles of one group of keys, with their rows.

With a ledger, `ledger_articles.LedgerArticles` yields the same `FoldedArticle`.
"""
