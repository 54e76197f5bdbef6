-- What several parts of a report about sessions need, as tables in the place of views: see ReportTables.
CREATE OR REPLACE TABLE slice_rows AS FROM slices;
CREATE OR REPLACE VIEW slices AS FROM slice_rows;
CREATE OR REPLACE TABLE session_key_rows AS FROM session_keys;
CREATE OR REPLACE VIEW session_keys AS FROM session_key_rows;
CREATE OR REPLACE TABLE key_slice_rows AS FROM key_slices;
CREATE OR REPLACE VIEW key_slices AS FROM key_slice_rows;
CREATE OR REPLACE TABLE long_key_session_rows AS FROM long_key_sessions;
CREATE OR REPLACE VIEW long_key_sessions AS FROM long_key_session_rows;
