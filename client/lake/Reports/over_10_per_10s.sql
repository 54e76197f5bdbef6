SELECT count(*) AS windows FROM crowded_windows
