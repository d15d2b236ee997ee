-- Parameters: day. Reads `series` (the days before).
SELECT
    $day AS day,
    key.product AS product,
    key.step AS step,
    dispersion,
    dispersion_estimate,
    degrees,
    days AS day_count
FROM dispersions('series')
ORDER BY product, step
