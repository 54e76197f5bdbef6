-- What is small and made of the sessions' tables, as tables too; then the large ones are not needed any more: see ReportTables. In an order in which what is largest goes first.
CREATE OR REPLACE TABLE session_count_rows AS FROM session_counts;
CREATE OR REPLACE VIEW session_counts AS FROM session_count_rows;
CREATE OR REPLACE TABLE busy_span_rows AS FROM busy_spans;
CREATE OR REPLACE VIEW busy_spans AS FROM busy_span_rows;
-- From here on only the keys with several stretches are asked for.
CREATE OR REPLACE TABLE split_key_rows AS FROM session_keys WHERE has_stretches;
CREATE OR REPLACE VIEW session_keys AS FROM split_key_rows;
DROP TABLE IF EXISTS session_key_rows;
CREATE OR REPLACE TABLE joined_category_span_rows AS FROM joined_category_spans;
CREATE OR REPLACE VIEW joined_category_spans AS FROM joined_category_span_rows;
CREATE OR REPLACE TABLE action_rows AS FROM actions;
CREATE OR REPLACE VIEW actions AS FROM action_rows;
CREATE OR REPLACE TABLE session_action_rows AS FROM session_actions;
CREATE OR REPLACE VIEW session_actions AS FROM session_action_rows;
CREATE OR REPLACE TABLE category_funnel_count_rows AS FROM category_funnel_counts;
CREATE OR REPLACE VIEW category_funnel_counts AS FROM category_funnel_count_rows;
CREATE OR REPLACE TABLE user_day_rows AS SELECT DISTINCT user_id, day_of_stretch(stretch) AS date FROM stretches;
CREATE OR REPLACE VIEW user_days AS FROM user_day_rows;
CREATE OR REPLACE VIEW stretches AS FROM event_stretches;
DROP TABLE IF EXISTS stretch_rows;
CREATE OR REPLACE VIEW session_keys AS FROM key_spans;
DROP TABLE IF EXISTS split_key_rows;
CREATE OR REPLACE TABLE funnel_count_rows AS FROM funnel_counts;
CREATE OR REPLACE VIEW funnel_counts AS FROM funnel_count_rows;
CREATE OR REPLACE TABLE cart_rows AS FROM carts;
CREATE OR REPLACE VIEW carts AS FROM cart_rows;
