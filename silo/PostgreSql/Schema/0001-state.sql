-- The state of entities, the checkpoints of partitions, and dead letters.

-- Numbers of blocks of ETags: a process takes a block and gives its numbers out, so that no ETag ever comes back.
CREATE SEQUENCE etag_blocks AS bigint MINVALUE 1 MAXVALUE 4398046511103;

-- One row for each entity. id: grain type, '/', grain key, a zero byte, state name; encode(id, 'escape') makes it legible.
-- data: positions and fold, with a version byte of their own.
CREATE TABLE entities (
    id bytea PRIMARY KEY,
    etag bigint NOT NULL,
    data bytea NOT NULL
) WITH (fillfactor = 80);

-- The header of a partition's checkpoint: every effect of events at or below the position is stored.
CREATE TABLE checkpoints (
    partition integer PRIMARY KEY,
    position bigint NOT NULL,
    generation bigint NOT NULL,
    etag bigint NOT NULL
);

-- The state of the partition's operators at that position.
CREATE TABLE checkpoint_parts (
    partition integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (partition, name)
);

-- data is NULL when a removed letter has left nothing but the trace that it was removed.
CREATE TABLE dead_letters (
    partition integer NOT NULL,
    position bigint NOT NULL,
    entity bytea NOT NULL,
    received_ms bigint NOT NULL,
    raw_bytes integer NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    data bytea,
    PRIMARY KEY (partition, position, entity)
);

CREATE TABLE dead_letters_expired (
    partition integer PRIMARY KEY,
    expired bigint NOT NULL
);
