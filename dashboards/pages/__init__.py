"""The eight pages. Only here is Streamlit imported at the top of modules."""
