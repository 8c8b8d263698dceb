"""What uvicorn serves connections with: its protocol classes, with bounds of ours."""
