-- Mass changes (store/mass_changes.h). A loss is what a change took away, with what was there before; it goes when its
-- time is over or somebody has decided about the mass change it belongs to. `total` is the sum of all weights up to it.
CREATE TABLE loss (
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target BLOB NOT NULL,
    weight INTEGER NOT NULL,
    total INTEGER NOT NULL,
    version INTEGER NOT NULL,
    waits INTEGER NOT NULL,
    credential_id BLOB,
    address TEXT NOT NULL,
    image TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX loss_by_time ON loss (tenant_id, time, seq);

CREATE TABLE mass_change (
    tenant_id INTEGER NOT NULL,
    id BLOB NOT NULL,
    first INTEGER NOT NULL,
    noticed INTEGER NOT NULL,
    due INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    members INTEGER NOT NULL,
    credential_id BLOB,
    address TEXT NOT NULL,
    decision TEXT NOT NULL,
    decided INTEGER,
    decided_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mass_change_open ON mass_change (tenant_id) WHERE decision = '';

CREATE TABLE mass_change_guard (
    tenant_id INTEGER PRIMARY KEY,
    announced INTEGER NOT NULL,
    announced_until INTEGER NOT NULL,
    members INTEGER NOT NULL,
    counted INTEGER NOT NULL
) STRICT;

-- Set while an administrator keeps the identity provider from repeating what was undone.
ALTER TABLE credential ADD COLUMN paused INTEGER;
