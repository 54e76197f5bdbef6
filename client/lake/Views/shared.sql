-- Tables in the place of views, for who asks many reports of one database: what several of them need is computed once. A table has the columns and rows of its
-- view, or finer ones that add up to it; so a report's statement is the same in both cases.
CREATE TABLE hour_count_rows AS FROM counts(by_date := true, by_hour := true, by_category := true, by_code := true, with_prices := true, with_revenue := true);
CREATE OR REPLACE MACRO counts(by_date := false, by_hour := false, by_category := false, by_code := false, with_prices := false, with_revenue := false) AS TABLE
FROM hour_count_rows;
CREATE TABLE brand_count_rows AS FROM brand_counts;
CREATE OR REPLACE VIEW brand_counts AS FROM brand_count_rows;
CREATE TABLE slice_rows AS FROM slices;
CREATE OR REPLACE VIEW slices AS FROM slice_rows;
CREATE TABLE session_key_rows AS FROM session_keys;
CREATE OR REPLACE VIEW session_keys AS FROM session_key_rows;
CREATE TABLE key_slice_rows AS FROM key_slices;
CREATE OR REPLACE VIEW key_slices AS FROM key_slice_rows;
CREATE TABLE long_key_session_rows AS FROM long_key_sessions;
CREATE OR REPLACE VIEW long_key_sessions AS FROM long_key_session_rows;
CREATE TABLE user_hour_rows AS
SELECT user_id, hour_of_slice(slice)::DATE AS date, hour(hour_of_slice(slice))::INTEGER AS hour, sum(events)::BIGINT AS events FROM slices GROUP BY ALL;
CREATE OR REPLACE VIEW user_hours AS FROM user_hour_rows;
CREATE TABLE user_day_rows AS SELECT DISTINCT user_id, date FROM user_hours;
CREATE OR REPLACE VIEW user_days AS FROM user_day_rows;
CREATE OR REPLACE VIEW hasty_events AS
SELECT user_id, event_time FROM events SEMI JOIN (SELECT user_id, date, hour FROM user_hours WHERE events > 10) AS h USING (user_id, date, hour);
CREATE TABLE action_rows AS FROM actions;
CREATE OR REPLACE VIEW actions AS FROM action_rows;
CREATE TABLE session_action_rows AS FROM session_actions;
CREATE OR REPLACE VIEW session_actions AS FROM session_action_rows;
CREATE TABLE cart_rows AS FROM carts;
CREATE OR REPLACE VIEW carts AS FROM cart_rows;
