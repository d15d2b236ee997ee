"""When things run: the ordered steps, the Airflow DAGs and the `voc` command."""
