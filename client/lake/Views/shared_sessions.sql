-- What several parts of a report about sessions need, as tables in the place of views: see ReportTables.
CREATE OR REPLACE TABLE stretch_rows AS FROM undigested_stretches;
CREATE OR REPLACE VIEW stretches AS FROM stretch_rows UNION ALL FROM digested_stretches;
CREATE OR REPLACE TABLE session_key_rows AS FROM session_keys;
CREATE OR REPLACE VIEW session_keys AS FROM session_key_rows;
CREATE OR REPLACE TABLE key_stretch_rows AS FROM key_stretches;
CREATE OR REPLACE VIEW key_stretches AS FROM key_stretch_rows;
CREATE OR REPLACE TABLE long_key_session_rows AS FROM long_key_sessions;
CREATE OR REPLACE VIEW long_key_sessions AS FROM long_key_session_rows;
