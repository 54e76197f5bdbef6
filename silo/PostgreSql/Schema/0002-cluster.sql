-- Membership of silos and reminders, for Orleans' own ADO.NET providers. They read the statements that they run from OrleansQuery, and give them parameters
-- by name; the names of keys, parameters and answered columns are theirs, tables and statements are ours.

CREATE TABLE OrleansQuery (
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

-- The version of a cluster's membership: every change of a member raises it, under the version that the writer has read.
CREATE TABLE membership_versions (
    cluster_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL DEFAULT 0
);

-- status: 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead.
CREATE TABLE members (
    cluster_id text COLLATE "C" NOT NULL REFERENCES membership_versions,
    address text COLLATE "C" NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    silo_name text NOT NULL,
    host_name text NOT NULL,
    status integer NOT NULL,
    proxy_port integer,
    suspect_times text,
    start_time timestamptz NOT NULL,
    alive_time timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

CREATE TABLE reminders (
    service_id text COLLATE "C" NOT NULL,
    grain_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    start_time timestamptz NOT NULL,
    period_ms bigint NOT NULL,
    grain_hash integer NOT NULL,
    version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, grain_id, name)
);

CREATE INDEX reminders_by_hash ON reminders (service_id, grain_hash);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $$
    WITH added AS (INSERT INTO membership_versions (cluster_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::int FROM added
$$),
-- A member is added, or changed, if the version is still the one read; the row of the version makes writers wait for each other.
('InsertMembershipKey', $$
    WITH raised AS (
        UPDATE membership_versions AS v SET version = v.version + 1
        WHERE v.cluster_id = @DeploymentId AND v.version = @Version AND NOT EXISTS (
            SELECT FROM members AS m
            WHERE m.cluster_id = @DeploymentId AND m.address = @Address AND m.port = @Port AND m.generation = @Generation)
        RETURNING v.cluster_id),
    added AS (
        INSERT INTO members (cluster_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_time)
        SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
        RETURNING 1)
    SELECT count(*)::int FROM added
$$),
('UpdateMembershipKey', $$
    WITH raised AS (
        UPDATE membership_versions AS v SET version = v.version + 1
        WHERE v.cluster_id = @DeploymentId AND v.version = @Version AND EXISTS (
            SELECT FROM members AS m
            WHERE m.cluster_id = @DeploymentId AND m.address = @Address AND m.port = @Port AND m.generation = @Generation)
        RETURNING v.cluster_id),
    changed AS (
        UPDATE members AS m SET status = @Status, suspect_times = @SuspectTimes, alive_time = greatest(m.alive_time, @IAmAliveTime)
        FROM raised
        WHERE m.cluster_id = raised.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
        RETURNING 1)
    SELECT count(*)::int FROM changed
$$),
('UpdateIAmAlivetimeKey', $$
    UPDATE members SET alive_time = greatest(alive_time, @IAmAliveTime)
    WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$$),
-- Also without a member there is a row, as the version must be answered.
('MembershipReadRowKey', $$
    SELECT v.cluster_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName,
        m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime, m.alive_time AS IAmAliveTime, v.version AS Version
    FROM membership_versions AS v LEFT JOIN members AS m
        ON m.cluster_id = v.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    WHERE v.cluster_id = @DeploymentId
$$),
('MembershipReadAllKey', $$
    SELECT v.cluster_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName,
        m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime, m.alive_time AS IAmAliveTime, v.version AS Version
    FROM membership_versions AS v LEFT JOIN members AS m USING (cluster_id)
    WHERE v.cluster_id = @DeploymentId
$$),
('DeleteMembershipTableEntriesKey', $$
    WITH gone AS (DELETE FROM members WHERE cluster_id = @DeploymentId)
    DELETE FROM membership_versions WHERE cluster_id = @DeploymentId
$$),
('GatewaysQueryKey', $$
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM members
    WHERE cluster_id = @DeploymentId AND status = @Status AND proxy_port > 0
$$),
-- Dead members are forgotten after a while; one that is alive, or that somebody suspects at this moment, never is.
('CleanupDefunctSiloEntriesKey', $$
    DELETE FROM members
    WHERE cluster_id = @DeploymentId AND status = 6 AND alive_time < @IAmAliveTime AND start_time < @IAmAliveTime AND suspect_times IS NULL
$$),
('CleanupDefunctSiloEntryKey', $$
    DELETE FROM members
    WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation AND status = 6
        AND start_time = @StartTime AND alive_time = @IAmAliveTime AND coalesce(suspect_times, '') = coalesce(@SuspectTimes, '')
$$),
('UpsertReminderRowKey', $$
    INSERT INTO reminders AS r (service_id, grain_id, name, start_time, period_ms, grain_hash)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash)
    ON CONFLICT (service_id, grain_id, name) DO UPDATE SET
        start_time = excluded.start_time, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = r.version + 1
    RETURNING version AS Version
$$),
('ReadReminderRowsKey', $$
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version FROM reminders
    WHERE service_id = @ServiceId AND grain_id = @GrainId
$$),
('ReadReminderRowKey', $$
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version FROM reminders
    WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName
$$),
-- Hashes are compared as signed numbers; a range that passes over the end of them is asked for with the second statement.
('ReadRangeRows1Key', $$
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version FROM reminders
    WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$$),
('ReadRangeRows2Key', $$
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version FROM reminders
    WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$$),
('DeleteReminderRowKey', $$
    WITH gone AS (
        DELETE FROM reminders WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1)
    SELECT count(*)::int FROM gone
$$),
('DeleteReminderRowsKey', $$
    DELETE FROM reminders WHERE service_id = @ServiceId
$$);
